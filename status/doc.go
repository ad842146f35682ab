// Package status decides what the owner of a desk should hear of its sources: that one is
// broken, gone, silent, has moved, is held by a gate, or is well again. It is pure: what it
// says follows from what the store knows of a source now and from what the owner was told
// before, and from nothing else.
package status

// Package web serves what package publish made, and the admin socket over which the
// command line talks to a running daemon.
package web

package curate

import (
	"cmp"
	"slices"
)

// A sparse is a map of a few entries, in ascending order of their keys. A desk has some for
// each source, and they take a fraction of what maps would. The zero value is empty.
type sparse[K cmp.Ordered, V any] []pair[K, V]

type pair[K cmp.Ordered, V any] struct {
	key   K
	value V
}

// find returns where a key is, or would be, and whether it is there.
func (s sparse[K, V]) find(key K) (int, bool) {
	return slices.BinarySearchFunc(s, key, func(p pair[K, V], key K) int { return cmp.Compare(p.key, key) })
}

// get returns the value of a key, the zero value if it is not there.
func (s sparse[K, V]) get(key K) (value V, ok bool) {
	i, ok := s.find(key)
	if ok {
		value = s[i].value
	}
	return value, ok
}

// at returns the value of a key, to be read or changed. A key that is not there is added with
// the zero value.
func (s *sparse[K, V]) at(key K) *V {
	i, ok := s.find(key)
	if !ok {
		*s = slices.Insert(*s, i, pair[K, V]{key: key})
	}
	return &(*s)[i].value
}

// remove takes a key out, if it is there.
func (s *sparse[K, V]) remove(key K) {
	if i, ok := s.find(key); ok {
		*s = slices.Delete(*s, i, i+1)
	}
}

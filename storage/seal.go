package storage

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// bbolt checks how its pages hang together, and not what is in them. So a value ends with a
// checksum of itself and of its key: a bit that a disk flips is found when it is read, and so is
// a value that has come to stand under another key.

// sealSize is how many bytes a seal has.
const sealSize = crc32.Size

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // which processors know

// seal appends its seal to the value under a key.
func seal(key, value []byte) []byte {
	return binary.BigEndian.AppendUint32(value, sealOf(key, value))
}

func sealOf(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// unseal returns a value without its seal. The error wraps ErrValue.
func unseal(key, sealed []byte) ([]byte, error) {
	n := len(sealed) - sealSize
	if n < 0 || sealOf(key, sealed[:n]) != binary.BigEndian.Uint32(sealed[n:]) {
		return nil, fmt.Errorf("%w: its checksum is another: it is not what was written", ErrValue)
	}
	return sealed[:n], nil
}

// numberAt returns the number of size bytes that stands under a key; nil if none does. The error
// wraps ErrValue.
func numberAt(b *bolt.Bucket, key []byte, size int) ([]byte, error) {
	value := b.Get(key)
	if value == nil {
		return nil, nil
	}
	return unsealNumber(key, value, size)
}

// unsealNumber returns a number without its seal. What schema 1 wrote has none.
func unsealNumber(key, value []byte, size int) ([]byte, error) {
	if len(value) == size {
		return value, nil
	}
	return unseal(key, value)
}

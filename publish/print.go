package publish

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"time"
)

// fingerprint returns a hash of everything that values hold, so that what did not change
// need not be rendered again. It walks by reflection: a field that is added some day is in
// it without anybody having to think of it. It is only good within the process.
func fingerprint(seed maphash.Seed, values ...any) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, v := range values {
		walk(&h, reflect.ValueOf(v))
	}
	return h.Sum64()
}

func walk(h *maphash.Hash, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		writeInt(h, uint64(v.Len()))
		h.WriteString(v.String())
	case reflect.Bool:
		if v.Bool() {
			writeInt(h, 1)
		} else {
			writeInt(h, 0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		writeInt(h, uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		writeInt(h, v.Uint())
	case reflect.Pointer:
		if v.IsNil() {
			writeInt(h, 0)
			return
		}
		writeInt(h, 1)
		if v.CanInterface() {
			if zone, ok := reflect.TypeAssert[*time.Location](v); ok {
				h.WriteString(zone.String())
				return
			}
		}
		walk(h, v.Elem())
	case reflect.Slice, reflect.Array:
		writeInt(h, uint64(v.Len()))
		for i := range v.Len() {
			walk(h, v.Index(i))
		}
	case reflect.Struct:
		walkStruct(h, v)
	default:
		panic(fmt.Sprintf("publish: no fingerprint of a %s", v.Type()))
	}
}

func walkStruct(h *maphash.Hash, v reflect.Value) {
	switch {
	case v.Type() != timeType:
	case v.CanInterface():
		t, _ := reflect.TypeAssert[time.Time](v)
		writeInt(h, uint64(t.Unix()))
		writeInt(h, uint64(t.Nanosecond()))
		return
	default: // one of our own, in UTC and whole seconds
		writeInt(h, v.Field(0).Uint())
		writeInt(h, uint64(v.Field(1).Int()))
		return
	}
	for i := range v.NumField() { //nolint:modernize // the iterator allocates, and takes twice the time
		walk(h, v.Field(i))
	}
}

var timeType = reflect.TypeFor[time.Time]()

func writeInt(h *maphash.Hash, n uint64) { maphash.WriteComparable(h, n) }

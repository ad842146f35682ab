package config

import "reflect"

// shapes remembers how the structs of file.go are built: reflection is slow, and there may
// be a hundred thousand sources.
type shapes struct {
	byName map[reflect.Type]map[string]reflect.StructField
	leaves map[reflect.Type][]reflect.StructField
}

func newShapes() *shapes {
	return &shapes{map[reflect.Type]map[string]reflect.StructField{}, map[reflect.Type][]reflect.StructField{}}
}

// fields returns the fields of a struct by the names that they have in a file, old names
// included.
func (s *shapes) fields(t reflect.Type) map[string]reflect.StructField {
	if fields, ok := s.byName[t]; ok {
		return fields
	}
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if name, ok := f.Tag.Lookup("toml"); ok {
			fields[name] = f
			if was, ok := f.Tag.Lookup("was"); ok {
				fields[was] = f
			}
		}
	}
	s.byName[t] = fields
	return fields
}

// leavesOf returns the fields of a struct that are leaves.
func (s *shapes) leavesOf(t reflect.Type) []reflect.StructField {
	if leaves, ok := s.leaves[t]; ok {
		return leaves
	}
	var leaves []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if _, ok := f.Tag.Lookup("toml"); ok && isLeaf(f.Type) {
			leaves = append(leaves, f)
		}
	}
	s.leaves[t] = leaves
	return leaves
}

// preset gives every leaf of the struct *p that is not set the value of its default tag.
func (s *shapes) preset(p any) {
	v := reflect.ValueOf(p).Elem()
	for _, f := range s.leavesOf(v.Type()) {
		value, ok := f.Tag.Lookup("default")
		if l := leafAt(v, f); ok && !l.set() {
			l.preset(value)
		}
	}
}

// fold gives every leaf of the struct *to that is not set what it is in *from. Both have
// the same type.
func (s *shapes) fold(to, from any) {
	v, source := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for _, f := range s.leavesOf(v.Type()) {
		if !leafAt(v, f).set() {
			v.FieldByIndex(f.Index).Set(source.FieldByIndex(f.Index))
		}
	}
}

func leafAt(v reflect.Value, f reflect.StructField) leaf {
	l, _ := reflect.TypeAssert[leaf](v.FieldByIndex(f.Index).Addr())
	return l
}

func isLeaf(t reflect.Type) bool { return reflect.PointerTo(t).Implements(reflect.TypeFor[leaf]()) }

// tableOf returns the struct of a table, or of tables of which there may be several.
func tableOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct && !isLeaf(t)
}

// Package config reads the operator's TOML file, and edits it.
//
// [Load] reads a file and those that it includes into a [Config], in which every default
// is filled in, every relative path resolved and every secret put in. It is strict, and it
// reports every mistake at once, each with its file, line and column, what is wrong and
// what is probably meant. [Append] and [Remove] change sources and leave every other byte
// as it is.
//
// The way of a file: grow (tree.go) makes a tree of it that knows where everything stands;
// a decoder (decode.go, field.go) fills the structs of file.go from it, whose tags hold
// names, defaults and ranges; a builder (load.go and the files named for tables) puts the
// files together, checks what belongs together and makes the Config. Expressions are
// only carried, with the place of their first character: package curate compiles them.
package config

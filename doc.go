// Package wiredesk holds the words of the program as values, and the pure functions that
// need nothing else.
//
// A source is a feed that we poll. What it carries are items; an item that changes has a
// revision. Items that tell the same news are one story. Rules and decisions choose
// stories for feeds, which is what we publish; the ledger remembers what was announced in
// which feed, under which id, at which place and when.
//
// The program is two loops and a snapshot:
//
//	config ──────────────(cmd/wiredesk wires)───────────────┐
//	                                                         │
//	origins ──> fetch ──> storage ──> curate ──> publish ──> web ──> feed readers
//
// Package fetch asks each source when it is due and reports what it saw as a [Poll];
// package storage records polls in one database file, an [Item] once and its state with
// it; package curate turns facts, decisions, ledger and config into the entries of every
// feed, as a pure function of these and of one moment called at; package publish renders
// entries into documents; package web serves them. None of these packages imports another
// (web serves what publish made, and is the exception); cmd/wiredesk introduces them to
// each other.
//
// This package imports only the standard library. It reads no clock and starts no
// goroutine: whatever depends on the time takes it as an argument.
package wiredesk

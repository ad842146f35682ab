// Package publish turns editions into documents: RSS 2.0, Atom 1.0, JSON Feed 1.1 and a page
// for every feed, an index of the feeds, and OPML of the sources.
//
// [Render] is a pure function. It first makes an edition ready for all formats at once
// (clean strings, encoded addresses, dates in their bounds: see sheet.go), so that no format
// can say something else than the others, then writes each format, reads the document back
// (check.go) and seals it with its hash. The result is a [Site], which never changes: the
// web server holds a pointer to the newest one, and a [Folder] is kept equal to it as files.
//
// Pages are made by templates (look.go) of what pagedata.go lists; an operator may put others
// in their place. What we say ourselves is in the files of words, by language.
//
// The structs of gorilla/feeds are used through its XmlFeed interface. What they cannot
// say, or say wrongly, is shadowed by fields of ours with the same element name. Ids and
// dates come from the ledger and are never made up here.
package publish

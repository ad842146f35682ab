// Package storage keeps everything that wiredesk knows in one bbolt file: facts (sources,
// their state, items and bodies), what curation made of them (stories, verdicts, ledger)
// and what people decided.
//
// Read buckets.go first: every bucket and key is on that one screen, and docs/storage.md
// says the same in words. record.go is the way in for polls, resolve.go decides whether an
// entry is known, commit.go is the way in for a build.
//
// One process has the file at a time. Every method copies out what it returns and may be
// called from many goroutines. A method that writes is one transaction: it happens whole
// or not at all, also in a crash.
package storage

// Package fetch asks sources for their feeds and says what came back.
//
// A [Client] makes one request with all of its limits and guards, a [Poller] decides when
// to ask which source again, and [Parse] turns what came into a document: the only place
// that knows gofeed. Nothing here stores anything; the poller hands what it learnt to a
// store.
package fetch

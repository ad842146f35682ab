package web

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"wiredesk/publish"
)

// Site returns a handler for the documents of the site that current points to; a new one
// takes effect with the next request. Until there is one it answers 503, and so it does for
// what is missing in one that was restored.
//
// Paths are looked up as they come and, if nothing is there, without the path of the base
// address: it does not matter whether a proxy in front strips that path. (A feed whose name
// is the last part of that path therefore hides the index for a proxy that does not strip.)
func Site(current *atomic.Pointer[publish.Site]) http.Handler {
	return &server{current: current}
}

type server struct {
	current *atomic.Pointer[publish.Site]
}

// methods are those that are answered.
const methods = "GET, HEAD, OPTIONS"

// ServeHTTP answers with a document, whatever the name of the host it was asked under.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		options(w)
		return
	default: // C-06
		w.Header().Set("Allow", methods)
		plain(w, http.StatusMethodNotAllowed, "only GET and HEAD are answered here")
		return
	}
	site := s.current.Load()
	if site == nil {
		notYet(w)
		return
	}
	path := r.URL.Path
	doc, ok := site.Lookup(path)
	if !ok {
		path = strip(path, site.BasePath())
		doc, ok = site.Lookup(path)
	}
	switch {
	case ok:
		send(w, r, doc)
	default:
		missing(w, site, path)
	}
}

// strip returns path without the path of the base address.
func strip(path, base string) string {
	rest, ok := strings.CutPrefix(path, base)
	switch {
	case !ok:
		return path
	case rest == "":
		return "/"
	case rest[0] != '/':
		return path
	}
	return rest
}

// missing answers for a path at which nothing is. A slash too many is forgiven, what has moved
// is shown the way, and who asks for a feed that was removed is told to stop.
func missing(w http.ResponseWriter, site *publish.Site, path string) {
	if trimmed := strings.TrimRight(path, "/"); trimmed != path && trimmed != "" {
		if doc, ok := site.Lookup(trimmed); ok {
			redirect(w, site.BaseURL()+doc.Path)
			return
		}
	}
	if address, ok := site.Moved(path); ok { // C-16
		redirect(w, address)
		return
	}
	if site.Gone(path) { // C-16
		w.Header().Set("Cache-Control", publish.GoneCache)
		plain(w, http.StatusGone, publish.GoneText)
		return
	}
	if site.Restored() { // what was added since is there as soon as it is built
		notYet(w)
		return
	}
	plain(w, http.StatusNotFound, "there is no such page here")
}

// redirect leads to an address, for good. It is made of the configured one, never of what the
// client sent.
func redirect(w http.ResponseWriter, address string) {
	h := w.Header()
	h.Set("Location", address)
	h.Set("Cache-Control", publish.MovedCache)
	plain(w, http.StatusMovedPermanently, "it has moved to "+address)
}

// options answers what a browser asks before a page of another site may send us a header
// field that is not a plain one, such as If-None-Match: the same for every path, for a day.
func options(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", methods)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "A-IM, Cache-Control, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Pragma, Range")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// plain answers with one line of text, which is not to be kept unless Cache-Control is set
// already. It is for readers of other sites' pages too: without
// leave, a browser would hide from them what went wrong.
func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Access-Control-Allow-Origin", "*")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	w.Write([]byte(text + "\n")) //nolint:gosec // plain text, and no browser may take it for anything else
}

// send answers with a document, as far as the client does not have it.
func send(w http.ResponseWriter, r *http.Request, doc *publish.Document) {
	in, out := r.Header, w.Header()
	chosen, ok := coding(in["Accept-Encoding"], doc.Small())
	if !ok {
		out.Set("Vary", "Accept-Encoding")
		plain(w, http.StatusNotAcceptable, "there is this in gzip, br, zstd and as it is")
		return
	}
	if etag, fresh := unchanged(in, doc, chosen); fresh {
		notModified(out, doc, etag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodGet || !strings.HasPrefix(in.Get("Range"), "bytes=") {
		in.Del("Range") // no other units are known, and other methods have none (RFC 9110 section 14.2)
	}
	if in.Get("Range") != "" || in.Get("If-Match") != "" || in.Get("If-Unmodified-Since") != "" {
		partly(w, r, doc)
		return
	}
	if r.Method == http.MethodGet && in["A-Im"] != nil && sendNew(w, in, doc) {
		return
	}
	form := doc.Form(chosen)
	maps.Copy(out, form.Header)
	out["Accept-Ranges"] = acceptRanges
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(form.Body) //nolint:gosec // the request chose it, but did not make it
	}
}

// sendNew answers with the entries that are new since the version that the client has, if it
// wants that (A-IM: feed) and we know that version; otherwise it returns false and does nothing
// (RFC 3229).
func sendNew(w http.ResponseWriter, in http.Header, doc *publish.Document) bool {
	wanted := false
	for name, weight := range weighted(in["A-Im"]) {
		wanted = wanted || weight > 0 && strings.EqualFold(name, "feed")
	}
	if !wanted {
		return false
	}
	delta, base, ok := doc.Since(slices.Collect(tags(in["If-None-Match"]))...)
	if !ok {
		return false
	}
	chosen, ok := coding(in["Accept-Encoding"], delta.Small())
	if !ok {
		return false
	}
	form := delta.Form(chosen)
	out := w.Header()
	maps.Copy(out, form.Header)
	out["Delta-Base"] = []string{base}
	w.WriteHeader(http.StatusIMUsed)
	w.Write(form.Body) //nolint:gosec // the request chose it, but did not make it
	return true
}

// acceptRanges is never written to. Sharing it saves an allocation for every request.
var acceptRanges = []string{"bytes"}

// partly answers the requests that are rare: for ranges and with preconditions. Ranges are
// of the document as it is, never of its compressed form.
func partly(w http.ResponseWriter, r *http.Request, doc *publish.Document) {
	for tag := range strings.SplitSeq(strings.Join(r.Header["If-Match"], ","), ",") {
		if _, ours := doc.Coding(strings.TrimSpace(tag)); ours { // whichever form of it they have
			r.Header["If-Match"] = []string{doc.ETag}
		}
	}
	for key, values := range doc.Form(publish.Identity).Header {
		if key != "Content-Length" {
			w.Header()[key] = values
		}
	}
	http.ServeContent(w, r, "", doc.Modified, bytes.NewReader(doc.Body))
}

// notModified sets the fields that a 304 needs (RFC 9110 section 15.4.5), and those that let a
// page of another site see them. All others the client has with the document.
func notModified(out http.Header, doc *publish.Document, etag []string) {
	fields := doc.Form(publish.Identity).Header
	for _, key := range [...]string{"Cache-Control", "Vary", "Last-Modified", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"} {
		out[key] = fields[key]
	}
	out["Etag"] = etag
}

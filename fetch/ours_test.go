package fetch_test

import (
	"fmt"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/internal/origin"
)

const feedHead = `<feed xmlns="http://www.w3.org/2005/Atom"><id>%s</id><title>Go</title><updated>2026-01-02T03:04:05Z</updated><link rel="self" href="%s"/>`

// entryFrom is an entry that its feed has from elsewhere.
func entryFrom(id, self string) string {
	return fmt.Sprintf(`<entry><id>tag:a.example,2026:%s</id><title>%s</title><updated>2026-01-02T03:04:05Z</updated><source><id>x</id><title>S</title><updated>2026-01-02T03:04:05Z</updated><link rel="self" href="%s"/></source></entry>`, id, id, self)
}

// TestOursIsRefused holds that our own output is not taken in as a source, under whatever
// address it came, and neither is what another desk copied of it.
func TestOursIsRefused(t *testing.T) {
	head := func(id, self string) string { return fmt.Sprintf(feedHead, id, self) }
	plain := head("https://b.example/all", "https://b.example/all.atom")
	for _, c := range []struct {
		name, document, problem string
		items                   int
	}{
		{"our own, by its self link", head("x", "https://feeds.example.org/planet/go.atom") + entryFrom("1", "https://a.example/f") + "</feed>", "what we publish ourselves", 0},
		{"by http, and the host in capitals", head("x", "http://FEEDS.example.org:80/planet/go.atom") + "</feed>", "what we publish ourselves", 0},
		{"by its id", head("https://feeds.example.org/planet/go", "") + "</feed>", "what we publish ourselves", 0},
		{"an archive page of it", head("x", "https://feeds.example.org/planet/go/2026-01.atom") + "</feed>", "what we publish ourselves", 0},
		{"another desk's copy", plain + entryFrom("1", "https://feeds.example.org/planet/go.atom") + entryFrom("2", "https://feeds.example.org/planet/go.rss") + "</feed>", "a copy of what we publish", 0},
		{"another desk's feed with some of ours", plain + entryFrom("1", "https://feeds.example.org/planet/go.atom") + entryFrom("2", "https://a.example/f") + "</feed>", "", 1},
		{"in RSS", `<rss version="2.0"><channel><title>T</title><item><guid>1</guid><title>a</title><source url="https://feeds.example.org/planet/go.rss">Go</source></item></channel></rss>`, "a copy of what we publish", 0},
		{"in JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","title":"a","content_text":"b","_wiredesk":{"about":"x","source":{"title":"Go","url":"https://feeds.example.org/planet/go.json"}}}]}`, "a copy of what we publish", 0},
		{"a blog beside our pages", head("https://feeds.example.org/planet/blog", "https://feeds.example.org/planet/blog.atom") + entryFrom("1", "https://feeds.example.org/blog/go.atom") + "</feed>", "", 1},
		{"a feed whose name begins as ours does", head("x", "https://feeds.example.org/planet/golang.atom") + entryFrom("1", "") + "</feed>", "", 1},
		{"an empty one", plain + "</feed>", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.client.SetSite("https://feeds.example.org/planet/", []string{"all", "go"})
				w.web.Handle("example.org/feed", origin.Feed(c.document))
				p := w.poll(source(url))
				switch {
				case c.problem == "" && (p.Outcome != wiredesk.Changed || len(p.Document.Items) != c.items):
					t.Errorf("%v: %s", p.Outcome, p.State.Problem)
				case c.problem != "" && (p.Outcome != wiredesk.Failed || !strings.Contains(p.State.Problem, c.problem) || strings.HasSuffix(p.State.Problem, "…")):
					t.Errorf("%v: %q, want %q", p.Outcome, p.State.Problem, c.problem)
				}
				if p.State.ETag != "" && c.problem != "" {
					t.Error("its validators were kept, as if it had been read")
				}
			})
		})
	}
}

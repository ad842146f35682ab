package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/storage"

	gocmp "github.com/google/go-cmp/cmp"
)

// realFeeds returns the captures of real feeds, or skips the test.
func realFeeds(t *testing.T) (files []string) {
	t.Helper()
	dir := cmp.Or(os.Getenv("WIREDESK_FEEDS"), "../../../shared/feeds/real")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real feeds to test with: %v (WIREDESK_FEEDS names a folder of them)", err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && slices.Contains([]string{".xml", ".rss", ".rdf", ".atom", ".json"}, filepath.Ext(path)) && filepath.Base(filepath.Dir(path)) != "output" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d feeds in %s, %v", len(files), dir, err)
	}
	if raced && os.Getenv("WIREDESK_FEEDS") == "" {
		t.Logf("every fourth of %d feeds, because the race detector is on; WIREDESK_FEEDS=%s takes all", len(files), dir)
		few := files[:0]
		for i := 0; i < len(files); i += 4 {
			few = append(few, files[i])
		}
		files = few
	}
	return files
}

// Two rounds, the daemon, kill -9, a restart, on real feeds: every item is published once,
// ids do not change, the second poll writes no item, an unchanged site gives 304.
func TestRealFeeds(t *testing.T) {
	t.Parallel()
	files := realFeeds(t)
	w := origin.New()
	defer w.Close()
	address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	fewest := make(map[string]int) // items that there must be, by source
	for i, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		url := fmt.Sprintf("http://%s/%d", address, i)
		w.Handle(fmt.Sprintf("*/%d", i), origin.Reply{Body: string(body), ETag: fmt.Sprintf("\"%x\"", sum(string(body)))})
		sources = append(sources, url)
		doc, err := fetch.Parse(body, fetch.ParseOptions{URL: url, Now: time.Now(), Source: &wiredesk.Source{URL: url}})
		if err != nil {
			t.Logf("%s: %v", file, err)
			continue
		}
		distinct := make(map[string]bool)
		for _, it := range doc.Items {
			distinct[cmp.Or(it.GUID, it.Link+"\n"+it.Title)] = true
		}
		fewest[url] = len(distinct)
	}
	d := newDaemon(t)
	d.config("", sources)

	first := d.once()
	before := readStore(t, d.dir+"/db")
	second := d.once()
	after := readStore(t, d.dir+"/db")
	t.Logf("%d files: %+v, then %+v", len(files), first, second)
	if second.New != 0 || second.Revised != 0 || second.NotModified == 0 || second.Changed != 0 {
		t.Errorf("the second round was not quiet: %+v", second)
	}
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("the second round wrote (-first +second):\n%s", diff)
	}
	for url, n := range fewest {
		if got := before.perSource[url]; got < n {
			t.Errorf("%s (%s): %d items are stored, %d are in the document", url, files[slices.Index(sources, url)], got, n)
		}
	}

	sub := subscribeTo(d.get, "all")
	sub.story = func(link string) string { return "" } // real feeds have links in common
	d.start()
	d.up()
	sub.poll()
	d.kill()
	ids := sub.announced()
	d.start()
	d.up()
	sub.poll()
	if sub.cached != 3 {
		t.Errorf("after a restart %d of 3 documents are unchanged", sub.cached)
	}
	if !slices.Equal(ids, sub.announced()) {
		t.Error("a restart changed ids")
	}
	lint(t, d, sub)
	d.stop()
	sub.content(t)
	checkAnnounced(t, d.dir+"/db", sub)
	if diff := gocmp.Diff(before, readStore(t, d.dir+"/db")); diff != "" {
		t.Errorf("running wrote (-first +now):\n%s", diff)
	}

	// A database that is lost and filled again comes to the same ids.
	if err := os.Rename(d.dir+"/db", d.dir+"/lost"); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.up() // before that it is the last site which is served
	again := subscribeTo(d.get, "all")
	again.story = sub.story
	d.until("everything is published again", func() bool {
		again.poll()
		return len(again.current["all"]) >= len(ids)
	})
	d.stop()
	lost, found := readStore(t, d.dir+"/lost"), readStore(t, d.dir+"/db")
	t.Logf("a lost database: %d ids before, %d after", len(ids), len(found.Rows))
	tellOthers(t, "only before", lost, found)
	tellOthers(t, "only after", found, lost)
}

// tellOthers fails for every id that was announced by one database and not by the other.
func tellOthers(t *testing.T, which string, mine, other stored) {
	t.Helper()
	known := make(map[string]bool)
	for _, r := range other.Rows {
		known[r.ID] = true
	}
	items := make(map[wiredesk.ItemID]wiredesk.Item)
	for _, it := range mine.Items {
		items[it.ID] = it
	}
	storyOf := make(map[wiredesk.ItemID]wiredesk.Assignment)
	for _, a := range mine.Assignments {
		storyOf[a.Item] = a
	}
	for _, r := range mine.Rows {
		if known[r.ID] {
			continue
		}
		text := ""
		for _, a := range mine.Assignments {
			if it := items[a.Item]; a.Story == storyOf[r.Item].Story {
				text += fmt.Sprintf("\n  source %d, %s, %v, %q, %q, %q", it.Source, a.By, it.Published, it.GUID, it.Link, it.Title)
			}
		}
		t.Errorf("%s: %s, by source %d:%s", which, r.ID, items[r.Item].Source, text)
	}
}

// once carries out once --now and returns what it said.
func (d *daemon) once() (reply onceReply) {
	d.t.Helper()
	out, err := d.command("once", "--now", "--json").Output()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&reply); err != nil {
		d.t.Fatalf("%v in %s", err, out)
	}
	return reply
}

// stored is everything that a quiet poll must not change.
type stored struct {
	Items       []wiredesk.Item
	Assignments []wiredesk.Assignment
	Rows        []wiredesk.Row
	Stamps      map[string]storage.Stamp
	perSource   map[string]int
}

// Equal compares what is stored.
func (s stored) Equal(o stored) bool {
	return gocmp.Equal(s.Items, o.Items) && gocmp.Equal(s.Assignments, o.Assignments) && gocmp.Equal(s.Rows, o.Rows) && gocmp.Equal(s.Stamps, o.Stamps)
}

func readStore(t *testing.T, path string) (out stored) {
	t.Helper()
	ctx := t.Context()
	s, err := storage.Open(path, storage.Options{Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	out.Items, err = s.Items(ctx, 0, 1_000_000, true)
	must(err)
	out.Assignments, err = s.Assignments(ctx, 0, 1_000_000)
	must(err)
	out.Rows, err = s.Rows(ctx)
	must(err)
	out.Stamps, err = s.Stamps(ctx)
	must(err)
	out.perSource = make(map[string]int)
	addresses := make(map[wiredesk.SourceID]string)
	for _, it := range out.Items {
		if addresses[it.Source] == "" {
			st, err := s.State(ctx, it.Source)
			must(err)
			addresses[it.Source] = st.Asked
		}
		out.perSource[addresses[it.Source]]++
	}
	return out
}

// checkAnnounced holds that every story has one row, and that the rows are what the
// subscriber saw.
func checkAnnounced(t *testing.T, path string, sub *subscriber) {
	t.Helper()
	s := readStore(t, path)
	storyOf := make(map[wiredesk.ItemID]wiredesk.StoryID)
	stories := make(map[wiredesk.StoryID]int)
	for _, a := range s.Assignments {
		storyOf[a.Item] = a.Story
		stories[a.Story] += 0
	}
	var ids []string
	for _, r := range s.Rows {
		stories[storyOf[r.Item]]++
		ids = append(ids, r.ID)
	}
	for _, it := range s.Items {
		if n := stories[storyOf[it.ID]]; n != 1 {
			t.Errorf("item %s (%s) was announced %d times", it.ID, it.Title, n)
		}
	}
	slices.Sort(ids)
	if diff := gocmp.Diff(ids, sub.announced()); diff != "" {
		t.Errorf("ledger and subscriber differ (-ledger +subscriber):\n%s", diff)
	}
	t.Logf("%d items, %d stories announced", len(s.Items), len(ids))
}

// lint has other programs read what is published, where they are there.
func lint(t *testing.T, d *daemon, sub *subscriber) {
	t.Helper()
	dir := t.TempDir()
	var docs []string
	for _, path := range []string{"/all.rss", "/all.atom", "/sources.opml"} {
		body := sub.documents[path].body
		if body == "" {
			body, _ = sub.fetch(path)
		}
		file := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, file)
	}
	for _, path := range []string{"/", "/all", "/all.json", "/healthz"} {
		resp, err := d.get(path, http.Header{})
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", path, resp, err)
			continue
		}
		resp.Body.Close()
	}
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Log("xmllint is not there: not tested with it")
	} else if out, err := exec.Command("xmllint", append([]string{"--noout", "--huge"}, docs...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("xmllint: %v\n%.2000s", err, out)
	}
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if exec.Command(python, "-c", "import feedparser").Run() != nil {
		t.Log("python3-feedparser is not there: not tested with it")
		return
	}
	script := "import feedparser, sys\nfor f in sys.argv[1:3]:\n d = feedparser.parse(f, sanitize_html=False, resolve_relative_uris=False)\n print(d.bozo, len(d.entries), len(set(e.id for e in d.entries)))"
	out, err := exec.Command(python, append([]string{"-c", script}, docs...)...).Output()
	n := len(sub.current["all"])
	if want := fmt.Sprintf("False %d %d\nFalse %d %d\n", n, n, n, n); err != nil || string(out) != want {
		t.Errorf("feedparser says %q, want %q, %v", out, want, err)
	}
}

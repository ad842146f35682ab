package web_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tool returns the path of a program, or skips the test and says which package has it.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
	return path
}

// A seen is one exchange as the server saw it.
type seen struct {
	asked  string // A-IM
	status int
}

// A witness notes what is answered.
type witness struct {
	next http.Handler
	mu   sync.Mutex
	all  []seen
}

func (o *witness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := &status{ResponseWriter: w}
	o.next.ServeHTTP(counted, r)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, seen{r.Header.Get("A-Im"), counted.code})
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// newsboat asks for what is new, and has everything at the end.
func TestNewsboatTakesWhatIsNew(t *testing.T) {
	newsboat := tool(t, "newsboat", "newsboat")
	h, current := newHandler(t)
	o := &witness{next: h}
	s := start(t, o)
	current.Store(render(t, inputOf(edition(long("one"), long("two")))))
	dir := t.TempDir()
	urls, cache := filepath.Join(dir, "urls"), filepath.Join(dir, "cache.db")
	if err := os.WriteFile(urls, []byte(s.base+"/go.atom\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reload := func() {
		cmd := exec.Command(newsboat, "-u", urls, "-c", cache, "-C", os.DevNull, "-x", "reload")
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("newsboat: %v\n%s", err, out)
		}
	}
	reload()
	reload()
	in := inputOf(edition(long("one"), long("two"), "three"))
	in.Previous = current.Load()
	current.Store(render(t, in))
	reload()
	reload()
	// It stores validators of feeds that it has already, so not at the first time.
	if want := []seen{{"", 200}, {"", 200}, {"feed", 226}, {"feed", 304}}; !slices.Equal(o.all, want) {
		t.Errorf("newsboat asked and was answered %v, want %v", o.all, want)
	}
	out, err := exec.Command("/usr/bin/python3", "-c", `import sqlite3, sys
for r in sqlite3.connect(sys.argv[1]).execute("select title from rss_item order by title"): print(r[0])`, cache).CombinedOutput()
	if got, want := string(out), "Entry 1\nEntry 2\nEntry 3\n"; err != nil || got != want {
		t.Errorf("newsboat has %q, %v, want %q", got, err, want)
	}
}

// curl decodes every coding, is answered 304 with its own file of ETags, and takes what is new.
func TestCurl(t *testing.T) { // C-04, C-08
	curl := tool(t, "curl", "curl")
	h, current := newHandler(t)
	s := start(t, h)
	current.Store(render(t, inputOf(edition(long("one"), long("two")))))
	tag := filepath.Join(t.TempDir(), "etag")
	run := func(args ...string) (head, body string) {
		var out, dump bytes.Buffer
		cmd := exec.Command(curl, append([]string{"-sS", "-D", "/dev/stderr", "--compressed", s.base + "/go.rss"}, args...)...)
		cmd.Stdout, cmd.Stderr = &out, &dump
		if err := cmd.Run(); err != nil {
			t.Fatalf("curl %q: %v\n%s", args, err, dump.Bytes())
		}
		return dump.String(), out.String()
	}
	doc, _ := current.Load().Lookup("/go.rss")
	if head, body := run("--etag-save", tag); !strings.Contains(head, "Content-Encoding: ") || body != string(doc.Body) {
		t.Errorf("%s with another body", head)
	}
	if head, body := run("--etag-compare", tag); !strings.HasPrefix(head, "HTTP/1.1 304 ") || body != "" {
		t.Errorf("%s%s", head, body)
	}
	in := inputOf(edition(long("one"), long("two"), long("three")))
	in.Previous = current.Load()
	current.Store(render(t, in))
	head, body := run("--etag-compare", tag, "-H", "A-IM: feed")
	if !strings.HasPrefix(head, "HTTP/1.1 226 ") || !slices.Equal(titles(t, body), []string{"Entry 3"}) {
		t.Errorf("%s%s", head, body)
	}
	if head, body := run("--etag-compare", tag); !strings.HasPrefix(head, "HTTP/1.1 200 ") || len(titles(t, body)) != 3 {
		t.Errorf("%s%s", head, body)
	}
}

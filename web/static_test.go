package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"

	"github.com/google/go-cmp/cmp"
)

// The configurations in deploy/ serve a folder that we wrote as our own server serves the site.

func TestNginx(t *testing.T) { // C-03, C-04, C-05, C-07, C-08, C-09, C-10, C-11, C-16
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed (Debian package nginx)")
	}
	const brotli = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"
	_, noBrotli := os.Stat(brotli)
	for _, base := range []string{"https://feeds.example.org", "https://feeds.example.org/planet"} {
		t.Run(base, func(t *testing.T) {
			s := newStatic(t, base)
			address := free(t)
			site := s.deployed(t, "nginx.conf",
				"listen 80;", "listen "+address+";",
				"/var/www/planet/.wiredesk", s.dir+"/.wiredesk", "root /var/www/planet", "root "+s.root)
			top := "daemon off;\npid nginx.pid;\nerror_log stderr warn;\nevents { }\n"
			if os.Geteuid() == 0 {
				top += "user root;\n" // a test's folder is for nobody else
			}
			if noBrotli == nil {
				top = "load_module " + brotli + ";\n" + top
				site = strings.Replace(site, "# brotli_static on;", "brotli_static on;", 1)
			} else {
				t.Log("nginx has no module for brotli here, so that is not looked at")
			}
			run := t.TempDir()
			write(t, filepath.Join(run, "nginx.conf"), top+"http {\naccess_log off;\n"+temporary+site+"\n}\n")
			background(t, address, exec.Command(program, "-p", run, "-c", "nginx.conf", "-e", "stderr"))
			s.codings = []string{"", "gzip"}
			if noBrotli == nil {
				s.codings = append(s.codings, "br")
			}
			s.compare(t, address)
		})
	}
}

func TestCaddy(t *testing.T) { // as TestNginx
	program, err := exec.LookPath("caddy")
	if err != nil {
		t.Skip("caddy is not installed (Debian package caddy)")
	}
	for _, base := range []string{"https://feeds.example.org", "https://feeds.example.org/planet"} {
		t.Run(base, func(t *testing.T) {
			s := newStatic(t, base)
			address := free(t)
			site := s.deployed(t, "Caddyfile",
				"feeds.example.org {", "http://"+address+" {",
				"/var/www/planet/.wiredesk", s.dir+"/.wiredesk", "root * /var/www/planet", "root * "+s.root)
			run := t.TempDir()
			file := filepath.Join(run, "Caddyfile")
			write(t, file, "{\n\tadmin off\n\tauto_https off\n}\n"+site)
			cmd := exec.Command(program, "run", "--config", file, "--adapter", "caddyfile")
			cmd.Env = append(os.Environ(), "HOME="+run, "XDG_DATA_HOME="+run, "XDG_CONFIG_HOME="+run)
			background(t, address, cmd)
			s.codings = []string{"", "gzip", "br", "zstd"}
			s.compare(t, address)
		})
	}
}

// temporary has nginx keep in its own folder what it cannot keep in memory.
const temporary = "client_body_temp_path tmp;\nproxy_temp_path tmp;\nfastcgi_temp_path tmp;\nuwsgi_temp_path tmp;\nscgi_temp_path tmp;\n"

// A static is a site in a folder, and our own server that serves the same.
type static struct {
	dir, root string // of the folder, and of the web server
	site      *publish.Site
	own       server // ours, of the same site
	codings   []string
}

func newStatic(t *testing.T, base string) *static {
	t.Helper()
	s := &static{root: t.TempDir()}
	_, path, _ := strings.Cut(strings.TrimPrefix(base, "https://"), "/")
	s.dir = filepath.Join(s.root, path)
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	feed := wiredesk.Edition{
		Feed: wiredesk.Feed{Name: "go", Title: "Go", Formerly: []string{"/old.rss", "/feeds/a b$1\"c.atom", "/before"}}, Updated: at,
		Entries: []wiredesk.Entry{{ID: "urn:uuid:8f1d4cbe-9b24-4d4c-9f5c-0c1e3d0a7a11", Published: at, Updated: at, Title: "A title", Source: wiredesk.Credit{Title: "One"}, Item: wiredesk.Item{
			Link: "https://one.example/1", Content: "<p>" + strings.Repeat("Something worth reading. ", 200) + "</p>",
		}}},
	}
	settings := publish.Settings{BaseURL: base, Title: "Planet", Hub: base + "/hub"}
	archive := publish.NewArchive(t.TempDir())
	page := wiredesk.Page{Feed: feed.Feed, Number: 1, Entries: feed.Entries, Mark: "one"}
	if problems, err := archive.Put(settings, &page, at); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	feed.Pages = 1
	var err error
	s.site, err = publish.Render(publish.Input{
		Settings: settings, Archive: archive,
		Editions: []wiredesk.Edition{feed, {Feed: wiredesk.Feed{Name: "small", Title: "Small"}, Updated: at}},
		Sources:  []publish.Blog{{Title: "One", URL: "https://one.example/feed", Link: "https://one.example/"}},
		Stamps:   map[string]publish.Stamp{"/lost.rss": {Hash: "x", Changed: at}, "/lost": {Hash: "y", Changed: at}},
		At:       at,
	})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := publish.OpenFolder(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := folder.Write(s.site); err != nil {
		t.Fatal(err)
	}
	var current atomic.Pointer[publish.Site]
	current.Store(s.site)
	s.own = start(t, web.Site(&current))
	return s
}

// deployed returns a file of deploy/ with some of its text replaced, all of which must be there.
func (s *static) deployed(t *testing.T, name string, replace ...string) string {
	t.Helper()
	text := read(t, filepath.Join("..", "deploy", name))
	for pair := range slices.Chunk(replace, 2) {
		if !strings.Contains(text, pair[0]) {
			t.Fatalf("deploy/%s does not say %q", name, pair[0])
		}
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// compared are the header fields in which a web server must not differ from ours.
var compared = []string{
	"Content-Type", "Content-Encoding", "Cache-Control", "Content-Security-Policy", "Last-Modified", "Link", "Location", "Referrer-Policy", "Vary",
	"X-Content-Type-Options", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
	"Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
}

// Where there is no document, fewer count: what else is said there does no harm.
var (
	comparedMoved   = []string{"Cache-Control", "Content-Security-Policy", "Location", "X-Content-Type-Options", "Referrer-Policy", "Access-Control-Allow-Origin"}
	comparedOptions = []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"}
)

// An exchange is a request and what came of it.
type exchange struct {
	method, path string
	fields       map[string]string

	status int
	header http.Header
	body   string
}

// documents returns all documents, the page of the archive too.
func (s *static) documents(t *testing.T) []*publish.Document {
	t.Helper()
	docs := s.site.Documents()
	for _, format := range publish.Formats {
		d, ok := s.site.Lookup("/go/archive/1." + format)
		if !ok {
			t.Fatal("there is no archive")
		}
		docs = append(docs, d)
	}
	return docs
}

// compare asks our server and the one at an address for everything that there is, and more.
func (s *static) compare(t *testing.T, address string) {
	t.Helper()
	base := s.site.BasePath()
	for _, d := range s.documents(t) {
		// C-08: a tag for each form. Theirs are made of time and size, so that two forms of the
		// same size have the same one.
		tags, sizes := map[string]bool{}, map[int]bool{}
		for _, coding := range s.codings {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				e := exchange{method: method, path: base + d.Path, fields: map[string]string{"Accept-Encoding": coding}}
				got := s.same(t, address, e)
				etag := got.header.Get("Etag")
				if etag == "" || strings.HasPrefix(etag, "W/") {
					t.Errorf("%s in %q: the entity tag is %q", d.Path, coding, etag)
				}
				tags[etag] = true
				if method == http.MethodGet {
					sizes[len(got.body)] = true
				}
				for field, value := range map[string]string{"If-None-Match": etag, "If-Modified-Since": got.header.Get("Last-Modified")} {
					again := e
					again.fields = map[string]string{"Accept-Encoding": coding, field: value}
					answer := s.exchanged(t, address, again)
					if answer.status != http.StatusNotModified || answer.body != "" || answer.header.Get("Etag") != etag || answer.header.Get("Cache-Control") != d.CacheControl || answer.header.Get("Vary") != "Accept-Encoding" {
						t.Errorf("%s %s with %s in %q: %d, %v", method, d.Path, field, coding, answer.status, answer.header)
					}
				}
			}
		}
		if len(tags) != len(sizes) {
			t.Errorf("%s: %d forms have the entity tags %v", d.Path, len(sizes), tags)
		}
	}
	for _, path := range []string{
		"/old.rss", "/before", "/feeds/a%20b$1%22c.atom", "/before/", // moved
		"/lost", "/lost.rss", "/lost.atom", "/lost.json", "/lost/archive/1.rss", // gone
		"/go/archive/2.rss", "/go/archive/2.json", "/go/archive/3.rss", "/go/archive", // ahead of the archive
		"/go/", "/none", "/none.rss", "/go.html", "/go.rss.gz", "/.wiredesk/manifest", "/.wiredesk/nginx.conf", "/.hidden", "/.well-known/none",
	} {
		s.same(t, address, exchange{method: http.MethodGet, path: base + path})
	}
	if base != "" {
		s.same(t, address, exchange{method: http.MethodGet, path: base})
	}
	if got := s.exchanged(t, address, exchange{method: http.MethodGet, path: base + "/%2e%2e/secret"}); got.status < 400 {
		t.Errorf("a path that leads out of the folder: %d", got.status)
	}
	s.same(t, address, exchange{method: http.MethodOptions, path: base + "/go.rss"})
}

// same asks both servers and compares. It returns what the other one answered.
func (s *static) same(t *testing.T, address string, e exchange) exchange {
	t.Helper()
	want := s.exchanged(t, strings.TrimPrefix(s.own.base, "http://"), e)
	got := s.exchanged(t, address, e)
	what := fmt.Sprintf("%s %s in %q", e.method, e.path, e.fields["Accept-Encoding"])
	if got.status != want.status {
		t.Errorf("%s: status %d, ours is %d", what, got.status, want.status)
		return got
	}
	fields := compared
	switch {
	case e.method == http.MethodOptions:
		fields = comparedOptions
	case want.status == http.StatusMovedPermanently:
		fields = comparedMoved
	}
	for _, field := range fields {
		a, b := want.header.Values(field), got.header.Values(field)
		if field == "Location" { // relative, or in full
			a, b = []string{tail(want.header.Get(field))}, []string{tail(got.header.Get(field))}
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: %s (-ours +its):\n%s", what, field, diff)
		}
	}
	if want.status != http.StatusMovedPermanently && got.body != want.body {
		t.Errorf("%s: the body is another: %.80q, ours is %.80q", what, got.body, want.body)
	}
	return got
}

// tail is an address without scheme and host.
func tail(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		return "/" + rest
	}
	return address
}

func (s *static) exchanged(t *testing.T, address string, e exchange) exchange {
	t.Helper()
	req, err := http.NewRequest(e.method, "http://"+address+e.path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for field, value := range e.fields {
		if value != "" {
			req.Header.Set(field, value)
		}
	}
	resp, err := s.own.client.Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	e.status, e.header, e.body = resp.StatusCode, resp.Header, string(body)
	return e
}

// free returns an address of this machine on which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// background runs a web server until the test ends, and waits until it answers.
func background(t *testing.T, address string, cmd *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may be gone already
		<-ended
		if t.Failed() {
			t.Logf("it said:\n%s", log.String())
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("it ended: %v\n%s", err, log.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not answer")
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wiredesk/internal/origin"
)

// TestDaemon is no test: it is the daemon in a process of its own, see daemon.start.
func TestDaemon(*testing.T) {
	args := os.Getenv("WIREDESK_TEST_ARGS")
	if args == "" {
		return
	}
	code := run(context.Background(), strings.Split(args, "\n"), surroundings{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv})
	os.Exit(code) //nolint:forbidigo // this is the main of the process
}

// A daemon is wiredesk in a process of its own, on a folder of its own.
type daemon struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the process is dead
	log    *os.File
	client *http.Client
}

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "wd") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, dir: dir, log: log}
	d.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", d.dir+"/http")
		},
	}}
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("log of the daemon:\n%s", text[max(0, len(text)-4000):])
		}
		log.Close()
		os.RemoveAll(dir)
	})
	return d
}

// command returns a process that carries out a command with the config of this daemon.
func (d *daemon) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestDaemon$")
	cmd.Env = append(os.Environ(), "WIREDESK_TEST_ARGS="+strings.Join(append(args, "--config", d.dir+"/wiredesk.toml"), "\n"))
	cmd.Stderr = d.log
	return cmd
}

func (d *daemon) start() {
	d.t.Helper()
	d.launch(d.command("run"))
}

// launch starts a process, in a group of its own: strace must not outlive what it traces, nor
// the other way round.
func (d *daemon) launch(cmd *exec.Cmd) {
	d.t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.cmd, d.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(d.ended)
}

// kill ends the process as a power cut would, and waits for its end.
func (d *daemon) kill() {
	if d.cmd != nil {
		_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		<-d.ended
		d.cmd = nil
	}
}

// stop asks the process to end and says how long that took.
func (d *daemon) stop() time.Duration {
	d.t.Helper()
	since := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	<-d.ended
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("after SIGTERM: exit code %d", code)
	}
	d.cmd = nil
	return time.Since(since)
}

func (d *daemon) get(path string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, "http://wiredesk"+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header = header
	return d.client.Do(req)
}

// up waits until the daemon answers.
func (d *daemon) up() {
	d.t.Helper()
	d.until("the daemon answers", func() bool {
		resp, err := d.get("/readyz", http.Header{})
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode == http.StatusOK
	})
}

// until waits for something to come true.
func (d *daemon) until(what string, yes func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); !yes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// config writes the config: sources at these addresses and one feed.
func (d *daemon) config(top string, sources []string) {
	d.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "[server]\nlisten = \"unix:%s/http\"\nsocket = \"%s/admin\"\nbase_url = \"https://feeds.example.org\"\n[storage]\npath = \"db\"\n", d.dir, d.dir)
	fmt.Fprintf(&b, "[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n%s\n[[feed]]\nname = \"all\"\ntitle = \"All\"\nlimit = 10000\n", top)
	for _, url := range sources {
		fmt.Fprintf(&b, "[[source]]\nurl = %q\n", url)
	}
	if err := os.WriteFile(d.dir+"/wiredesk.toml", []byte(b.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// lives is how often the daemon is ended. The long run says -lives 500.
var lives = flag.Int("lives", 30, "how often TestKilledAtNamedPoints ends the daemon")

// A moment is when the daemon is ended.
type moment struct {
	name string
	// hold is where the origin holds its answer until the daemon is dead: at its beginning,
	// after its head, or in the middle of its body.
	hold string
	// call is the call of the system at whose beginning the daemon dies, one of the first
	// most, of those to the database if store is set.
	call  string
	most  int
	store bool
}

var moments = []moment{
	{name: "after dial", hold: "dial"},
	{name: "after the head", hold: "head"},
	{name: "in the middle of a body", hold: "body"},
	// Before and between the pages of a transaction, before each of its two syncs: after what
	// was parsed, before and in the transaction, after the commit and before what comes next.
	{name: "before a page is written", call: "pwrite64", most: 60, store: true},
	{name: "before a sync", call: "fdatasync", most: 24, store: true},
	// Static files: written and not yet in place; in place.
	{name: "before a file is synced", call: "fsync", most: 10},
	{name: "before a file is renamed", call: "renameat", most: 12},
	{name: "before the hub is told", hold: "hub"},
	{name: "anywhere"},
}

// P-11, P-15, P-32: a daemon that is killed again and again, at the named
// points and anywhere, loses nothing and announces nothing twice, and leaves no file half
// written. What comes is drawn from a seed.
func TestKilledAtNamedPoints(t *testing.T) {
	t.Parallel()
	often := *lives
	if testing.Short() {
		often = len(moments)
	}
	stage := newStage(t)
	d, o := stage.daemon, stage.observer
	random := rand.New(rand.NewPCG(11, 11))
	began := time.Now()
	tracing := canTrace(t)

	died := make(map[string]int)
	for life := range often {
		m := moments[life%len(moments)]
		if m.call != "" && !tracing {
			continue
		}
		if stage.live(m, random, life > 0) {
			died[m.name]++
		}
		checkFiles(t, d.dir+"/site")
	}
	for _, m := range moments { // a point that is never met proves nothing
		if died[m.name] == 0 && (m.call == "" || tracing) {
			t.Errorf("the daemon was never ended %s", m.name)
		}
	}

	d.start()
	d.until("everything is published", o.look)
	// a polite end comes at once, in the middle of things.
	o.presses[0].tell(time.Now())
	if took := d.stop(); took > 20*time.Second {
		t.Errorf("SIGTERM took %v", took)
	}
	d.start()
	d.until("everything is published", o.look)
	d.until("the hub was told", func() bool { return stage.told.Load() > 0 })
	d.kill()

	// P-15: after a crash in a quiet moment nothing is fetched again.
	before := len(stage.web.Requests())
	d.start()
	d.until("every source was asked again", func() bool {
		asked := make(map[string]bool)
		for _, r := range stage.web.Requests()[before:] {
			asked[r.URI] = true
		}
		return len(asked) >= len(o.presses)
	})
	for _, r := range stage.web.Requests()[before:] {
		if r.URI != "/hub" && r.Header.Get("If-None-Match") == "" {
			t.Errorf("%s was asked without its validator", r.URI)
		}
	}
	o.sub.poll()
	d.stop()
	if len(o.sub.returned) > 0 {
		t.Errorf("what was published vanished for a while: %v", o.sub.returned)
	}
	checkRequests(t, stage.web, time.Since(began))
	checkFiles(t, d.dir+"/site")
	o.agreeWith(t, d.dir+"/db")
	t.Logf("ended %v, %d requests, %d answers, %d of them 304", died, len(stage.web.Requests()), o.sub.asked, o.sub.cached)
}

// A stage is a daemon in a process of its own, with presses that it polls, a hub that it tells,
// static files, and an observer.
type stage struct {
	web      *origin.Web
	daemon   *daemon
	observer *observer
	told     atomic.Int64  // how often the hub was told
	hold     atomic.Value  // where an answer is held: a string
	held     chan struct{} // of capacity one: one is
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{web: origin.New(), held: make(chan struct{}, 1)}
	s.hold.Store("")
	t.Cleanup(s.web.Close)
	address, err := s.web.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var presses []*press
	var sources []string
	for n := range 5 {
		p := newPress(s.web, n)
		p.window = 100_000 // nothing falls out while the daemon is down
		s.web.Handle(fmt.Sprintf("*/%d", n), s.holding(p))
		presses, sources = append(presses, p), append(sources, fmt.Sprintf("http://%s/%d", address, n))
	}
	s.web.Handle("*/hub", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.told.Add(1)
		if s.hold.Load() == "hub" {
			s.wait(r)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	s.daemon = newDaemon(t)
	s.daemon.config(fmt.Sprintf("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"2s\"\n"+
		"[publish]\ndir = \"site\"\n[websub]\nhub = \"http://%s/hub\"", address), sources)
	sub := subscribeTo(s.daemon.get, "all")
	sub.story, sub.live = storyOf, true
	s.observer = &observer{presses: presses, sub: sub}
	return s
}

// holding answers for a press, or holds the answer as the stage is told to.
func (s *stage) holding(p *press) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hold := s.hold.Load()
		switch hold {
		case "dial":
			s.wait(r)
			return
		case "head", "body":
			w.Header().Set("Content-Type", "application/rss+xml")
			w.WriteHeader(http.StatusOK)
			if hold == "body" {
				_, _ = io.WriteString(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Half</title><item><title>Never whole`)
			}
			_ = http.NewResponseController(w).Flush()
			s.wait(r)
			return
		}
		p.ServeHTTP(w, r)
	})
}

// wait says that an answer is held, until whoever asked is dead.
func (s *stage) wait(r *http.Request) {
	select {
	case s.held <- struct{}{}:
	default:
	}
	<-r.Context().Done()
}

// live runs the daemon until the moment, or for a while if that does not come, and reports
// whether it came. News comes all the time, and the subscriber looks, if it is to.
func (s *stage) live(m moment, random *rand.Rand, look bool) (came bool) {
	d := s.daemon
	d.t.Helper()
	switch {
	case m.call != "":
		d.startTraced(m.call, fmt.Sprintf("signal=KILL:when=%d", 1+random.IntN(m.most)), m.store)
	default:
		d.start()
	}
	wait := time.Duration(200+random.IntN(1300)) * time.Millisecond
	if m.name != "anywhere" {
		wait = 4 * time.Second
	}
	for end := time.Now().Add(wait); time.Now().Before(end) && !came; {
		if random.IntN(4) == 0 {
			s.observer.presses[random.IntN(len(s.observer.presses))].tell(time.Now())
		}
		if random.IntN(10) == 0 {
			s.hold.Store(m.hold)
		}
		if look {
			s.observer.sub.poll()
		}
		select {
		case <-s.held:
			came = m.hold != ""
		case <-d.ended:
			came = m.call != ""
		case <-time.After(30 * time.Millisecond):
		}
	}
	d.kill()
	s.hold.Store("")
	select {
	case <-s.held:
	default:
	}
	return came || m.name == "anywhere"
}

// canTrace reports whether strace can be used, and says so if not.
func canTrace(t *testing.T) bool {
	t.Helper()
	if err := exec.Command("strace", "-qq", "-o", "/dev/null", "true").Run(); err != nil {
		t.Logf("without the moments inside the store: strace cannot be used here: %v", err)
		return false
	}
	return true
}

// startTraced starts the daemon under strace, which injects something into a call of the
// system: into those to the database only, if store is set.
func (d *daemon) startTraced(call, what string, store bool) {
	d.t.Helper()
	cmd := d.command("run")
	args := []string{"-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + call + ":" + what}
	if store {
		args = append(args, "-P", d.dir+"/db")
	}
	traced := exec.Command("strace", append(args, cmd.Args...)...)
	traced.Env, traced.Stderr = cmd.Env, cmd.Stderr
	d.launch(traced)
}

// checkFiles holds that every static file is whole, whenever it is looked at.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range files {
		format := strings.TrimPrefix(filepath.Ext(f.Name()), ".")
		body, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(f.Name(), "."):
		case format == "html" && !strings.HasSuffix(strings.TrimSpace(string(body)), "</html>"):
			t.Errorf("%s is not whole", f.Name())
		case format == "rss" || format == "atom" || format == "json":
			if _, err := parseFeed(format, string(body)); err != nil {
				t.Errorf("%s: %v", f.Name(), err)
			}
		}
	}
}

// P-32: however often it was killed, no source was asked more often than its interval says.
func checkRequests(t *testing.T, w *origin.Web, period time.Duration) {
	t.Helper()
	asked := make(map[string]int)
	for _, r := range w.Requests() {
		asked[r.URI]++
	}
	for uri, n := range asked {
		if most := int(period/time.Second) + 2; n > most {
			t.Errorf("%s was asked %d times in %v", uri, n, period)
		}
	}
}

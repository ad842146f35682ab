package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
	"wiredesk/storage"
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
	d.cmd = d.command("run")
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// kill ends the process as a power cut would, and waits for its end.
func (d *daemon) kill() {
	if d.cmd != nil {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
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
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("after SIGTERM: %v", err)
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

// P-11, P-15, P-32: a daemon that is killed again and again loses nothing and
// announces nothing twice. WIREDESK_KILLS says how often; the moments are drawn from a seed.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("WIREDESK_KILLS")); err == nil {
		kills = n
	}
	w := origin.New()
	defer w.Close()
	address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var presses []*press
	var sources []string
	for n := range 5 {
		p := newPress(w, n)
		p.window = 100_000 // nothing falls out while the daemon is down
		w.Handle(fmt.Sprintf("*/%d", n), p)
		presses, sources = append(presses, p), append(sources, fmt.Sprintf("http://%s/%d", address, n))
	}
	d := newDaemon(t)
	d.config("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"2s\"", sources)
	sub := subscribeTo(d.get, "all")
	sub.story, sub.live = storyOf, true
	random := rand.New(rand.NewPCG(11, 11))
	began := time.Now()

	for k := range kills {
		d.start()
		for end := time.Now().Add(time.Duration(random.IntN(1500)) * time.Millisecond); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
			if random.IntN(4) == 0 {
				presses[random.IntN(len(presses))].tell(time.Now())
			}
			if k > 0 {
				sub.poll()
			}
		}
		d.kill()
	}

	d.start()
	d.until("everything is published", func() bool {
		sub.poll()
		return everything(sub, presses)
	})
	// a polite end comes at once, in the middle of things.
	presses[0].tell(time.Now())
	if took := d.stop(); took > 20*time.Second {
		t.Errorf("SIGTERM took %v", took)
	}
	d.start()
	d.until("everything is published", func() bool {
		sub.poll()
		return everything(sub, presses)
	})
	d.kill()

	// P-15: after a crash in a quiet moment nothing is fetched again.
	before := len(w.Requests())
	d.start()
	d.until("every source was asked again", func() bool {
		asked := make(map[string]bool)
		for _, r := range w.Requests()[before:] {
			asked[r.URI] = true
		}
		return len(asked) == len(presses)
	})
	for _, r := range w.Requests()[before:] {
		if r.Header.Get("If-None-Match") == "" {
			t.Errorf("%s was asked without its validator", r.URI)
		}
	}
	sub.poll()
	d.stop()
	sub.content(t)
	if len(sub.returned) > 0 {
		t.Errorf("what was published vanished for a while: %v", sub.returned)
	}
	checkRequests(t, w, time.Since(began))
	checkStored(t, d.dir+"/db", presses)
	t.Logf("%d kills, %d stories, %d requests, %d answers, %d of them 304", kills, len(sub.announced()), len(w.Requests()), sub.asked, sub.cached)
}

// everything reports whether the subscriber has seen every story, each once.
func everything(sub *subscriber, presses []*press) bool {
	links := sub.links()
	for _, p := range presses {
		p.mu.Lock()
		all := len(p.stories)
		p.mu.Unlock()
		for n := range all {
			if links[fmt.Sprintf("/%d/%d", p.n, n)] != 1 {
				return false
			}
		}
	}
	return true
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

func checkStored(t *testing.T, path string, presses []*press) {
	t.Helper()
	s, err := storage.Open(path, storage.Options{Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.Items(t.Context(), 0, 1_000_000, false)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	stored := make(map[string][]wiredesk.ItemID)
	for _, it := range items {
		stored[storyOf(it.Link)] = append(stored[storyOf(it.Link)], it.ID)
	}
	told := 0
	for _, p := range presses {
		for n := range p.stories {
			told++
			if story := fmt.Sprintf("/%d/%d", p.n, n); len(stored[story]) != 1 {
				t.Errorf("%s is stored as %v", story, stored[story])
			}
		}
	}
	if len(items) != told {
		t.Errorf("%d stories were told, %d items are stored", told, len(items))
	}
}

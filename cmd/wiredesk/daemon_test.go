package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// released makes the program as it is released, once, and returns where it is. It lies beside the
// one that scripts run, and goes with it.
var released = sync.OnceValues(func() (string, error) {
	scripted, err := exec.LookPath("wiredesk")
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(scripted), "released")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// A daemon is wiredesk in a process of its own, on a folder of its own.
type daemon struct {
	t       *testing.T
	program string // where it is
	dir     string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when the process is dead
	log     *os.File
	client  *http.Client
	user    *syscall.Credential // whose process it is; nil for that of the test
}

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "wd") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return newDaemonIn(t, dir)
}

// newDaemonIn returns one on a folder that is there.
func newDaemonIn(t *testing.T, dir string) *daemon {
	t.Helper()
	program, err := released()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, program: program, dir: dir, log: log}
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
	})
	return d
}

// command returns a process that carries out a command with the config of this daemon.
func (d *daemon) command(args ...string) *exec.Cmd {
	cmd := exec.Command(d.program, append(args, "--config", d.dir+"/wiredesk.toml")...)
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
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: d.user}
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
	args := []string{"-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + call + ":" + what}
	if store {
		args = append(args, "-P", d.dir+"/db")
	}
	traced := exec.Command("strace", append(args, cmd.Args...)...)
	traced.Stderr = cmd.Stderr
	d.launch(traced)
}

// inject injects something into a call of the system to the database by the daemon that runs,
// until it is told to stop.
func (d *daemon) inject(call, what string) (stop func()) {
	d.t.Helper()
	tracing := filepath.Join(d.t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-qqq", "-o", tracing, "-e", "trace="+call, "-e", "inject="+call+":"+what, "-P", d.dir+"/db", "-p", strconv.Itoa(d.cmd.Process.Pid))
	cmd.Stderr = d.log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.until("strace is there", func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
		return err != nil || !strings.Contains(string(status), "TracerPid:\t0\n")
	})
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
}

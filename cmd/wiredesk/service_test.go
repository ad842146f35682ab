//go:build unix

package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/internal/origin"
)

// A manager is a service manager as the daemon sees it: a socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

// next returns the next message of which a line begins with that, and waits for it.
func (m *manager) next(begin string) []string {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(patient)); err != nil {
		m.t.Fatal(err)
	}
	for buf := make([]byte, 4096); ; {
		n, err := m.conn.Read(buf)
		if err != nil {
			m.t.Fatalf("waited for %s: %v", begin, err)
		}
		lines := strings.Split(strings.TrimRight(string(buf[:n]), "\n"), "\n")
		if slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, begin) }) {
			return lines
		}
	}
}

// The service manager hears when the daemon serves, that it is alive, when it reads its config
// again, good or bad, and when it stops.
func TestServiceManager(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: d.dir + "/notify", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	m := &manager{t, conn}
	config := filepath.Join(d.dir, "wiredesk.toml")
	text := "[server]\nlisten = \"unix:http\"\nbase_url = \"https://feeds.example.org\"\n"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	d.cmd = d.command("run")
	d.cmd.Env = append(d.cmd.Env, "NOTIFY_SOCKET="+d.dir+"/notify", "WATCHDOG_USEC=400000")
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if got := m.next("READY=1"); !slices.Contains(got, "STATUS=0 sources, 1 feed") {
		t.Errorf("ready as %q", got)
	}
	resp, err := d.get("/all.rss", http.Header{})
	if err != nil {
		t.Fatalf("it is ready and does not answer: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("it is ready and answers %s", resp.Status)
	}
	for range 5 {
		m.next("WATCHDOG=1")
	}
	write(text + "[[feed]]\nname = \"one\"\n[[feed]]\nname = \"two\"\n")
	reload := func(want string) {
		t.Helper()
		if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.next("RELOADING=1"), "\n"); !regexp.MustCompile(`(?m)^MONOTONIC_USEC=\d+$`).MatchString(got) {
			t.Errorf("reloading as %q", got)
		}
		if got := m.next("READY=1"); !slices.Contains(got, "STATUS="+want) {
			t.Errorf("ready again as %q, want %s", got, want)
		}
	}
	reload("0 sources, 2 feeds")
	write("nonsense")
	reload("0 sources, 2 feeds")
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.next("STOPPING=1")
	if err := d.cmd.Wait(); err != nil {
		t.Error(err)
	}
	d.cmd = nil
}

// What the watchdog aborts ends otherwise than by the exit code for a mistake in the config,
// with which it would not be started again.
func TestAbortedIsStartedAgain(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("../../deploy/wiredesk.service")
	if err != nil {
		t.Fatal(err)
	}
	const crash = "GOTRACEBACK=crash"
	if !strings.Contains(string(unit), "\nEnvironment="+crash+"\n") || !strings.Contains(string(unit), "\nLimitCORE=0\n") {
		t.Error("the unit does not have it crash")
	}
	d := newDaemon(t)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: d.dir + "/notify", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := os.WriteFile(filepath.Join(d.dir, "wiredesk.toml"), []byte("[server]\nlisten = \"unix:http\"\nbase_url = \"https://feeds.example.org\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{"-c", `ulimit -c 0; exec "$0" "$@"`}, d.command("run").Args...)...)
	cmd.Env = append(cmd.Environ(), d.command("run").Env...)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+d.dir+"/notify", crash)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	(&manager{t, conn}).next("READY=1")
	if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it fails
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGABRT {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
}

// A build loop that does not come round is told, and is well again when it does.
func TestAStuckLoopIsTold(t *testing.T) {
	t.Parallel()
	all := origin.New()
	defer all.Close()
	n, stop := room(t, all, "[server]\nbase_url = \"https://desk.example\"\n")
	defer stop()
	go func() { _ = n.vitals.run(t.Context(), n.vitalParts()...) }()
	until := func(what string, yes func(stuck []string) bool) {
		t.Helper()
		for deadline := time.Now().Add(patient); ; time.Sleep(10 * time.Millisecond) {
			stuck := n.vitals.stuck(500 * time.Millisecond)
			if yes(stuck) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("not %s: %q", what, stuck)
			}
		}
	}
	until("all alive", func(stuck []string) bool {
		return n.site.Load() != nil && n.pulse.last.Load() != nil && len(stuck) == 0
	})
	if got := n.notAlive() + n.notReady(); got != "" {
		t.Errorf("it is well, and says %q", got)
	}
	n.mu.Lock()
	n.news.signal()
	until("the build loop stuck", func(stuck []string) bool {
		return len(stuck) == 1 && strings.HasPrefix(stuck[0], "the build loop has not moved for ")
	})
	n.mu.Unlock()
	until("well again", func(stuck []string) bool { return len(stuck) == 0 })
}

// What is stuck is told after its time and not before, and not while it is meant to wait.
func TestVitals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v vitals
		var p pulse
		if got := v.stuck(time.Minute); got != nil {
			t.Errorf("nothing is watched, and %q", got)
		}
		done := make(chan struct{})
		var alive atomic.Bool
		alive.Store(true)
		go func() {
			for {
				select {
				case <-done:
					return
				case <-p.C():
					if alive.Load() {
						p.beat()
					}
				}
			}
		}()
		go func() { _ = v.run(t.Context(), vital{name: "it", feel: p.feel}) }()
		pass(time.Hour)
		if got := v.stuck(time.Minute); got != nil {
			t.Errorf("alive, and %q", got)
		}
		alive.Store(false)
		end := v.keepCalm()
		pass(time.Hour)
		if got := v.stuck(time.Minute); got != nil {
			t.Errorf("it may wait, and %q", got)
		}
		end()
		pass(59 * time.Second)
		if got := v.stuck(time.Minute); got != nil {
			t.Errorf("too early: %q", got)
		}
		pass(20 * time.Second)
		if got := v.stuck(time.Minute); len(got) != 1 || got[0] != "it has not moved for 1m19s" {
			t.Errorf("got %q", got)
		}
		alive.Store(true)
		pass(time.Minute)
		if got := v.stuck(time.Minute); got != nil {
			t.Errorf("alive again, and %q", got)
		}
		close(done)
	})
}

// The unit of the service keeps what the service manager calls its exposure low.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian package systemd)")
	}
	out, err := exec.Command(analyze, "security", "--no-pager", "--offline=yes", "--threshold=15", "../../deploy/wiredesk.service").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Overall exposure level for wiredesk.service: 1.") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The config that comes with the service is sound, and names the folders that the unit makes.
func TestPackagedConfig(t *testing.T) {
	t.Parallel()
	cfg, _, err := loadConfig("../../deploy/wiredesk.toml", func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("../../deploy/wiredesk.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"StateDirectory=wiredesk\n", "RuntimeDirectory=wiredesk\n", "SupplementaryGroups=" + cfg.Server.SocketGroup + "\n"} {
		if !strings.Contains(string(unit), "\n"+line) {
			t.Errorf("the unit has no %s", line)
		}
	}
	if cfg.Storage.Path != "/var/lib/wiredesk/wiredesk.db" || cfg.Server.Socket != "/run/wiredesk/wiredesk.sock" || cfg.Server.SocketMode != 0o660 {
		t.Errorf("got %+v, %+v", cfg.Storage, cfg.Server)
	}
}

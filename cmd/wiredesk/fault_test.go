package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// said returns everything that the daemon wrote to its log.
func (d *daemon) said() string {
	text, _ := os.ReadFile(d.log.Name())
	return string(text)
}

// ask carries out a command beside the daemon, and returns what it printed and whether it
// succeeded.
func (d *daemon) ask(args ...string) (out string, ok bool) {
	cmd := d.command(args...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	return b.String(), err == nil
}

// page returns the feed as the daemon serves it now.
func (s *stage) page() string {
	resp, err := s.daemon.get("/all.atom", http.Header{})
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

// tellUntil has news come until something is true.
func (s *stage) tellUntil(what string, yes func() bool) {
	s.daemon.t.Helper()
	last := time.Now()
	s.daemon.until(what, func() bool {
		if time.Since(last) > 300*time.Millisecond {
			last = time.Now()
			s.observer.presses[0].tell(last)
		}
		return yes()
	})
}

// served fails the test if the last good site is not served as it was.
func (s *stage) served(before string) {
	s.daemon.t.Helper()
	if now := s.page(); now != before {
		s.daemon.t.Errorf("the last good site is not served any more: %.300s", now)
	}
}

// recover starts the daemon on a disk that is well, and holds the ledgers against each other.
func (s *stage) recover() {
	d := s.daemon
	d.t.Helper()
	d.kill()
	d.start()
	d.until("everything is published", s.observer.look)
	d.stop()
	s.observer.agreeWith(d.t, d.dir+"/db")
}

// whatever the disk answers, the daemon says so and serves the last good
// site; nothing is lost and nothing announced twice once the disk is well.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	if !canTrace(t) {
		t.Skip("strace makes the disk fail, and cannot be used here")
	}
	for _, c := range []struct {
		name, call, what string
		log              string // what it says
		restart          bool   // health asks for a new start
		again            bool   // it goes on by itself
	}{
		// fsync fails once: nobody knows what the disk has, so nothing is written any more.
		{name: "sync of the pages", call: "fdatasync", what: "error=EIO:when=9", log: "the disk did not take what was written", restart: true},
		{name: "sync of the head", call: "fdatasync", what: "error=EIO:when=10", log: "the disk did not take what was written", restart: true},
		// A write fails: that transaction did not happen, the next may.
		{name: "full for a while", call: "pwrite64", what: "error=ENOSPC:when=20..60", log: "make room on the disk", again: true},
		{name: "write errors for a while", call: "pwrite64", what: "error=EIO:when=20..40", log: "input/output error", again: true},
		{name: "read-only", call: "pwrite64", what: "error=EROFS:when=20+", log: "make the file system writable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := s.daemon
			d.start()
			d.until("everything is published", s.observer.look)
			d.stop()

			d.startTraced(c.call, c.what, true)
			s.tellUntil("it says what is wrong", func() bool {
				s.observer.sub.poll()
				return strings.Contains(d.said(), c.log)
			})
			if c.again {
				d.until("it goes on by itself", s.observer.look)
				d.until("it says so", func() bool { return strings.Contains(d.said(), "well again") })
				s.recover()
				return
			}
			before := s.page()
			asked := len(s.web.Requests())
			for range 20 {
				s.observer.presses[1].tell(time.Now())
				time.Sleep(100 * time.Millisecond)
			}
			s.served(before)
			if n := len(s.web.Requests()) - asked; n > len(s.observer.presses) {
				t.Errorf("%d requests for what cannot be stored", n)
			}
			out, ok := d.ask("health")
			if ok == c.restart || !strings.Contains(out, "nothing is polled") && !strings.Contains(out, "nothing new is published") {
				t.Errorf("health: %t, %s", ok, out)
			}
			if n := strings.Count(d.said(), `"level":"ERROR"`); n > 6 {
				t.Errorf("%d errors in the log:\n%s", n, d.said())
			}
			s.recover()
		})
	}
}

// the database is deleted, or cut short, or its bits flip, under the daemon or
// while it is down.
func TestDatabaseIsHurt(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string]func(path string) error{
		"deleted": os.Remove,
		"cut short": func(path string) error {
			return os.Truncate(path, 40<<10)
		},
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := s.daemon
			d.start()
			d.until("everything is published", s.observer.look)
			copied := d.dir + "/copy"
			if out, ok := d.ask("backup", copied); !ok {
				t.Fatal(out)
			}
			before := s.page()
			if err := hurt(d.dir + "/db"); err != nil {
				t.Fatal(err)
			}
			s.tellUntil("it says what is wrong", func() bool { return strings.Contains(d.said(), `"level":"ERROR"`) })
			s.served(before)
			if out, ok := d.ask("health"); ok || !strings.Contains(out, "restore") && !strings.Contains(out, "backup") {
				t.Errorf("health: %s", out)
			}
			if name == "deleted" { // what the daemon has open can still be saved
				if out, ok := d.ask("backup", d.dir+"/saved"); !ok {
					t.Errorf("backup: %s", out)
				}
			}
			d.kill()
			if name != "deleted" {
				left, err := os.ReadFile(d.dir + "/db")
				if err != nil {
					t.Fatal(err)
				}
				if out, ok := d.ask("once"); ok && len(left) > 0 {
					t.Errorf("a round on it: %s", out)
				}
				if now, err := os.ReadFile(d.dir + "/db"); err != nil || len(left) > 0 && !bytes.Equal(now, left) {
					t.Errorf("it was written over: %v", err)
				}
			}
			if out, ok := d.ask("restore", copied); !ok {
				t.Fatal(out)
			}
			s.recover()
		})
	}
}

// a second daemon on the same database is told so and ends; the first goes on.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := s.daemon
	d.start()
	d.until("everything is published", s.observer.look)
	out, ok := d.ask("run")
	if ok || !strings.Contains(out, "another process") || !strings.Contains(out, "hint:") {
		t.Errorf("the second: %s", out)
	}
	other := strings.ReplaceAll(readFile(t, d.dir+"/wiredesk.toml"), d.dir+"/http", d.dir+"/http2")
	other = strings.ReplaceAll(other, d.dir+"/admin", d.dir+"/admin2")
	if err := os.WriteFile(d.dir+"/other.toml", []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := d.command("run")
	cmd.Env = append(cmd.Env, "WIREDESK_TEST_ARGS="+fmt.Sprintf("run\n--config\n%s/other.toml", d.dir))
	cmd.Stderr = nil
	text, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err == nil || !strings.Contains(string(text), "another process has the database") {
		t.Errorf("the second, elsewhere: %v, %v: %s", err, exit, text)
	}
	s.observer.presses[0].tell(time.Now())
	d.until("everything is published", s.observer.look)
	s.recover()
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wiredesk/internal/smalldisk"
)

// said returns everything that the daemon wrote to its log.
func (d *daemon) said() string {
	text, _ := os.ReadFile(d.log.Name())
	return string(text)
}

// complained reports whether it said that it cannot do its work, and what.
func (d *daemon) complained(what string) bool {
	for line := range strings.Lines(d.said()) {
		if strings.Contains(line, `"trouble"`) && strings.Contains(line, what) {
			return true
		}
	}
	return false
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
			s.observer.presses[0].heavy(20_000) // what is free in the file is soon used up
		}
		return yes()
	})
}

// recover starts the daemon on a disk that is well, and holds the ledgers against each other.
func (s *stage) recover() {
	d := s.daemon
	d.t.Helper()
	d.kill()
	d.start()
	d.up()
	d.until("everything is published", s.observer.look)
	d.stop()
	s.observer.agreeWith(d.t, d.dir+"/db")
}

// whatever the disk answers, the daemon says so and serves the last good
// site; nothing is lost and nothing announced twice once the disk is well.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	failing := func(call, what string) func(*stage) func() {
		return func(s *stage) func() { return s.daemon.inject(call, what) }
	}
	for name, c := range map[string]struct {
		fail    func(*stage) (mend func())
		traced  bool
		log     string // what it says
		restart bool   // it takes a new start
	}{
		// fsync fails: nobody knows what the disk has, so nothing is written any more.
		"sync of the pages": {fail: failing("fdatasync", "error=EIO:when=1"), traced: true, log: "the disk did not take what was written", restart: true},
		"sync of the head":  {fail: failing("fdatasync", "error=EIO:when=2"), traced: true, log: "the disk did not take what was written", restart: true},
		// A write fails: that transaction did not happen, the next may.
		"write errors": {fail: failing("pwrite64", "error=EIO"), traced: true, log: "input/output error"},
		"read-only":    {fail: failing("pwrite64", "error=EROFS"), traced: true, log: "make the file system writable"},
		"full":         {fail: func(s *stage) func() { return smalldisk.Fill(s.daemon.t, s.daemon.dir, 0) }, log: "make room on the disk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.traced && !canTrace(t) {
				t.Skip("strace makes the disk fail, and cannot be used here")
			}
			d := newDaemonIn(t, smalldisk.New(t, 8<<20))
			s := newStageOf(t, d)
			d.start()
			s.observer.presses[0].tell(time.Now())
			d.until("everything is published", s.observer.look)

			mend := c.fail(s)
			s.tellUntil("it says what is wrong", func() bool { return d.complained(c.log) })
			s.idle(t, c.restart)
			mend()
			if !c.restart {
				d.until("it goes on by itself", s.observer.look)
				d.until("it says so", func() bool { return strings.Contains(d.said(), "well again") })
			}
			if n := strings.Count(d.said(), `"level":"ERROR"`); n > 10 {
				t.Errorf("%d errors in the log:\n%s", n, d.said())
			}
			s.recover()
		})
	}
}

// no more files can be made, or the folders may not be written to any more, while the database
// is open and can be: what comes is stored and served, the static files stay whole as they were, it
// is said, and they follow by themselves when they can.
func TestFolderFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail func(t *testing.T, d *daemon) (mend func())
		log  string
	}{
		"no more files": {func(t *testing.T, d *daemon) func() {
			t.Helper()
			return smalldisk.Files(t, d.dir)
		}, "no space left on device"},
		"permissions lost": {func(t *testing.T, d *daemon) func() {
			t.Helper()
			chmodAll(t, d.dir, 0o555)
			return func() { chmodAll(t, d.dir, 0o755) }
		}, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDaemonIn(t, smalldisk.New(t, 24<<20))
			s := newStageOf(t, d)
			if os.Geteuid() == 0 { // who may write anywhere
				d.user = &syscall.Credential{Uid: 65534, Gid: 65534}
				bin := filepath.Dir(d.program)
				err := errors.Join(os.Chown(d.dir, 65534, 65534), os.Chown(d.dir+"/wiredesk.toml", 65534, 65534),
					os.Chmod(bin, 0o755), os.Chmod(filepath.Dir(bin), 0o755), os.Chmod(filepath.Dir(d.dir), 0o755)) // on the way to the program and to the folder
				if err != nil {
					t.Fatal(err)
				}
			}
			d.start()
			d.until("everything is published", s.observer.look)
			d.until("so are static files", func() bool { return len(s.folder()) > 0 })
			before := s.folder()
			mend := c.fail(t, d)
			s.observer.presses[0].tell(time.Now())
			d.until("what came is served", s.observer.look)
			d.until("it says what is wrong", func() bool {
				return strings.Contains(d.said(), "cannot be written, the last good one stays") && strings.Contains(d.said(), c.log)
			})
			if now := s.folder(); !maps.Equal(now, before) {
				t.Errorf("the folder had %v, and has %v", before, now)
			}
			checkFiles(t, d.dir+"/site")
			mend()
			s.observer.presses[1].tell(time.Now())
			d.until("it goes on", s.observer.look)
			d.until("static files follow", func() bool { return len(s.folder()) == len(before)+2 })
			d.stop()
			s.observer.agreeWith(t, d.dir+"/db")
		})
	}
}

// chmodAll changes the mode of a folder and of all folders in it.
func chmodAll(t *testing.T, dir string, mode fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, f fs.DirEntry, err error) error {
		if err != nil || !f.IsDir() {
			return err
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// idle holds that a daemon that cannot store anything asks nobody for what it could not keep,
// serves what it has, and says how it is.
func (s *stage) idle(t *testing.T, restart bool) {
	t.Helper()
	d := s.daemon
	before := s.page()
	polls := 2
	// On a busy machine it takes a while until what was asked is answered.
	for range 10 {
		polls = 0
		asked := len(s.web.Requests())
		s.observer.presses[1].tell(time.Now())
		time.Sleep(2 * time.Second) // every source would be due
		for _, r := range s.web.Requests()[asked:] {
			if r.URI != "/hub" {
				polls++
			}
		}
		if polls < 2 {
			break
		}
	}
	if polls > 1 { // one may find out whether it can be stored again
		t.Errorf("%d requests for what cannot be stored", polls)
	}
	if now := s.page(); now != before || !strings.Contains(now, "<entry") {
		t.Errorf("the last good site is not served any more: %.300s", now)
	}
	out, ok := d.ask("health")
	if ok == restart || !strings.Contains(out, "nothing is polled") && !strings.Contains(out, "nothing new is published") {
		t.Errorf("health: %t, %s", ok, out)
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
			s.tellUntil("it says what is wrong", func() bool { return d.complained("") })
			if now := s.page(); now != before {
				t.Errorf("the last good site is not served any more: %.300s", now)
			}
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
	text, err := exec.Command(d.program, "run", "--config", d.dir+"/other.toml").CombinedOutput()
	if err == nil || !strings.Contains(string(text), "another process has the database") {
		t.Errorf("the second, elsewhere: %v: %s", err, text)
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

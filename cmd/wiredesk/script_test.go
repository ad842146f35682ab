package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print into the scripts instead of comparing")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wiredesk": main})
}

// TestScript runs the command line as a person would, one behaviour per file of
// testdata/script. Besides the commands of testscript there are:
//
//	get PATH             what the daemon that listens at http.sock answers
//	await PATTERN CMD…   run a command until its output matches
//	documented COMMAND   hold what was printed against docs/commands.md
//	exits CODE CMD…      run a command that exits with this code
//	signal HUP|TERM      send a signal to every background command
//	measured PATTERN     wait until the metrics of the daemon that logs to the file log match
//	damage FILE          damage a page of a database
//	mode MODE FILE       hold the rights of a file against an octal number
//	newer FILE           make a database of a newer version
//	serving              wait until the daemon at http.sock serves what it built
//
// ORIGIN, in any file of a script, becomes the address of a web server over the script's
// folder, see [folder]; PORT becomes its host and port, and WORKDIR that folder.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setUp,
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "damage": damage, "documented": documented, "exits": exits, "get": get, "measured": measured, "mode": mode, "newer": newer, "serving": serving, "signal": sendSignal,
		},
	})
}

// quickExit keeps the race detector from waiting a second at the end of every command.
const quickExit = "atexit_sleep_ms=0"

func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("no condition is called %q", name)
}

// setUp starts the origin of one script and tells its address to the script's files.
func setUp(env *testscript.Env) error {
	server := httptest.NewServer(folder(env.WorkDir))
	env.Defer(server.Close)
	port := strings.TrimPrefix(server.URL, "http://")
	env.Setenv("ORIGIN", server.URL)
	env.Setenv("PORT", port)
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("GORACE", quickExit)
	return filepath.WalkDir(env.WorkDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		expanded := strings.NewReplacer("ORIGIN", server.URL, "PORT", port, "WORKDIR", env.WorkDir).Replace(string(text))
		if expanded == string(text) {
			return nil
		}
		return os.WriteFile(path, []byte(expanded), 0o600)
	})
}

// folder serves a folder with validators. Paths may begin with an answer of another kind:
// /404/feed.xml and any other status, /moved/feed.xml for a permanent redirect to
// /feed.xml, /slow/feed.xml for none.
func folder(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		status, err := strconv.Atoi(first)
		switch {
		case first == "moved":
			http.Redirect(w, r, "/"+rest, http.StatusMovedPermanently)
		case first == "slow":
			<-r.Context().Done()
		case err != nil:
			serveFile(w, r, dir)
		default:
			if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "3600")
			}
			http.Error(w, http.StatusText(status), status)
		}
	})
}

func serveFile(w http.ResponseWriter, r *http.Request, dir string) {
	path := filepath.Join(dir, filepath.FromSlash(r.URL.Path))
	if text, err := os.ReadFile(path); err == nil {
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(text))) // a script that changes a file changes its length
	}
	http.ServeFile(w, r, path)
}

// patient bounds every wait. It is long because the machine may be slow, and it is never
// waited for where all is well.
const patient = 30 * time.Second

func client(ts *testscript.TestScript) *http.Client {
	return &http.Client{
		Timeout: patient,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", ts.MkAbs("http.sock"))
			},
		},
	}
}

func serving(ts *testscript.TestScript, _ bool, _ []string) {
	for deadline := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client(ts).Get("http://localhost/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the daemon does not serve: %v", err)
		}
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	body, ok, err := answer(ts, args[0])
	ts.Check(err)
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	if neg == ok {
		ts.Fatalf("%s is served: %t", args[0], ok)
	}
}

// answer returns what the daemon of a script serves at a path, and whether that is a 200.
func answer(ts *testscript.TestScript, path string) (body []byte, ok bool, err error) {
	resp, err := client(ts).Get("http://localhost" + path)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return body, resp.StatusCode == http.StatusOK, err
}

// await runs a command, or gets a path, until what it says matches a pattern.
func await(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: await PATTERN COMMAND… or await PATTERN get PATH")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	look := func() ([]byte, error) {
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "GORACE="+quickExit)
		return cmd.CombinedOutput()
	}
	if args[1] == "get" {
		look = func() ([]byte, error) {
			body, _, err := answer(ts, args[2])
			return body, err
		}
	}
	for deadline := time.Now().Add(patient); ; time.Sleep(50 * time.Millisecond) {
		out, err := look()
		if pattern.Match(out) {
			_, err = ts.Stdout().Write(out)
			ts.Check(err)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("it never came: %s (%v)\n%s", args[0], err, out)
		}
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		code = exit.ExitCode()
	}
	if args[0] != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// damage writes zeros over the pages of a database that hold its newest content.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	info, err := f.Stat()
	ts.Check(err)
	page := int64(16 << 10)
	for at := 2 * page; at < info.Size(); at += page {
		_, err = f.WriteAt(make([]byte, 4096), at)
		ts.Check(err)
	}
	ts.Check(f.Close())
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the mode %s", args[1], got)
	}
}

// newer makes a database look as if a version of next year had made it.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: newer FILE")
	}
	db, err := bolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 1000))
	})
	ts.Check(errors.Join(err, db.Close()))
}

func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}
	if len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal HUP|TERM")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}

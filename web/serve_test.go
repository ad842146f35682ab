package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wiredesk/web"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a handler until the test stops it with the function that comes back.
func serve(tb testing.TB, address string, h http.Handler) (net.Listener, func() error) {
	tb.Helper()
	ln, err := web.Listen(tb.Context(), address, 0o666)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, ln, h, nil) }()
	return ln, func() error {
		cancel()
		return <-done
	}
}

func get(t *testing.T, network, address, path string) string {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	r, err := (&http.Client{Transport: transport}).Get("http://feeds.example.org" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServe(t *testing.T) {
	h, _ := newHandler(t)
	socket := filepath.Join(t.TempDir(), "s")
	for _, address := range []string{"127.0.0.1:0", "unix:" + socket} {
		ln, stop := serve(t, address, h)
		if got := get(t, ln.Addr().Network(), ln.Addr().String(), "/healthz"); got != "ok\n" {
			t.Errorf("%s: healthz says %q", address, got)
		}
		if info, err := os.Stat(socket); address[0] == 'u' && (err != nil || info.Mode().Perm() != 0o666) {
			t.Errorf("the socket has another mode: %v, %v", info, err)
		}
		if err := stop(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestServeFinishesWhatItBegan(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-release
		w.Write([]byte("all of it"))
	})
	ln, stop := serve(t, "127.0.0.1:0", slow)
	got := make(chan string, 1)
	go func() { got <- get(t, "tcp", ln.Addr().String(), "/") }()
	<-begun
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if s := <-got; s != "all of it" {
		t.Errorf("got %q", s)
	}
}

func TestListenSaysWhatIsInTheWay(t *testing.T) {
	ctx := t.Context()
	ln, err := web.Listen(ctx, "127.0.0.1:0", 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = web.Listen(ctx, ln.Addr().String(), 0o666)
	if !errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "another process has this address") {
		t.Errorf("a port in use: %v", err)
	}
	for _, address := range []string{"nonsense", "127.0.0.1:99999", "203.0.113.7:0", "unix:/nowhere/at/all"} {
		if l, err := web.Listen(ctx, address, 0o666); err == nil {
			l.Close()
			t.Errorf("%s is accepted", address)
		} else if !strings.HasPrefix(err.Error(), "listen on "+address) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Between the making of a socket and the setting of its mode nobody may get in: whenever it
// is there, it has its mode already.
func TestSocketIsNeverOpenTooWide(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	seen := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		defer close(seen)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if info, err := os.Lstat(path); err == nil && info.Mode().Perm() != 0o600 {
				seen <- fmt.Errorf("the socket was there with %v", info.Mode())
				return
			}
		}
	}()
	for range 200 {
		ln, err := web.ListenAs(t.Context(), "unix:"+path, 0o600, os.Getgid())
		if err != nil {
			t.Fatal(err)
		}
		if ln.Addr().String() != path {
			t.Fatalf("it says that it listens on %s", ln.Addr())
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-seen; err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStaleSocket(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	alive, err := web.Listen(ctx, "unix:"+path, 0o666)
	if err != nil {
		t.Fatalf("a socket that a dead process left: %v", err)
	}
	defer alive.Close()
	if _, err := web.Listen(ctx, "unix:"+path, 0o666); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a socket in use: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := web.Listen(ctx, "unix:"+file, 0o666); err == nil {
		t.Error("a file was taken for a socket")
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Error("the file is gone")
	}
}

// A stream of bytes that does not say how long it is may have been cut.
func TestAskRefusesBytesWithoutALength(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	_, stop := serve(t, "unix:"+socket, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "bytes")
	}))
	err := web.Ask(t.Context(), socket, "backup", nil, io.Discard, nil)
	if err == nil || strings.Contains(err.Error(), "%!w") {
		t.Errorf("got %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The limits of a client.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute // a long feed over a slow line
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
	graceful      = 3 * time.Second // for what is being sent when we are told to stop
)

// Listen takes the address a server listens on: host:port, or unix: and a path. A socket
// that a dead process left behind is removed. The error says in one line what is in the
// way and what to do. Mode is that of the file of a socket: 0o666 where a proxy of another
// user asks for what is public anyway. The caller closes the listener, or hands it to [Serve].
func Listen(ctx context.Context, address string, mode fs.FileMode) (net.Listener, error) {
	return ListenAs(ctx, address, mode, -1)
}

// ListenAs is Listen, and gives the file of a socket to a group; -1 leaves it as it is.
func ListenAs(ctx context.Context, address string, mode fs.FileMode, group int) (net.Listener, error) {
	var config net.ListenConfig
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		ln, err := config.Listen(ctx, "tcp", address)
		return ln, explain(address, err)
	}
	if err := removeStale(ctx, path); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	ln, err := listenUnix(path, mode, group)
	return ln, explain(address, err)
}

// listenUnix makes a socket. It is made in a folder that nobody else can enter, and moved to
// its path when it has its rights: nobody can connect before.
func listenUnix(path string, mode fs.FileMode, group int) (net.Listener, error) {
	// A path of a socket is 100 bytes or so at most: no longer than it must be.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false) // it knows its first path only
	if group >= 0 {
		err = os.Chown(made, -1, group)
	}
	if err == nil {
		err = os.Chmod(made, mode)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &socket{UnixListener: ln, path: path}, nil
}

// A socket is a listener whose file was moved.
type socket struct {
	*net.UnixListener
	path string
	once sync.Once
}

// Addr returns where the file is now.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close removes the file, once: afterwards the path may be another's.
func (s *socket) Close() error {
	s.once.Do(func() { _ = os.Remove(s.path) })
	return s.UnixListener.Close()
}

// An obstacle is why there is no listening on an address, and what to do about it.
type obstacle struct {
	error
	hint string
}

// Unwrap returns the cause.
func (o *obstacle) Unwrap() error { return o.error }

// Hint returns what to do.
func (o *obstacle) Hint() string { return o.hint }

// removeStale removes a socket on which nobody listens.
func removeStale(ctx context.Context, path string) error {
	mode, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if mode.Mode()&fs.ModeSocket == 0 {
		return &obstacle{errors.New("there is a file that is not a socket"), "remove it, or choose another path"}
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		return &obstacle{errors.Join(errors.New("another process listens there"), conn.Close()), "stop it, or choose another path"}
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// explain turns the error of a listener into one that says what to do. It returns nil for nil.
func explain(address string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return &obstacle{fmt.Errorf("listen on %s: another process has this address: %w", address, syscall.EADDRINUSE), "stop it, or change server.listen"}
	case errors.Is(err, syscall.EACCES):
		return &obstacle{fmt.Errorf("listen on %s: not allowed: %w", address, syscall.EACCES), "ports below 1024 need a privilege; choose another in server.listen"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return &obstacle{fmt.Errorf("listen on %s: this machine does not have this address: %w", address, syscall.EADDRNOTAVAIL), "change server.listen"}
	}
	return fmt.Errorf("listen on %s: %w", address, err)
}

// Serve answers on a listener until ctx ends, then gives what is being sent a few seconds.
// It closes the listener and returns nil after a stop that was asked for. A nil logger
// discards.
func Serve(ctx context.Context, ln net.Listener, handler http.Handler, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	// The context of the program has ended, and would end the patience at once.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		logger.Debug("connections are still in use and are closed", "err", errors.Join(err, srv.Close()))
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	return nil
}

package origin

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipe returns two ends of a connection in memory. Other than those of net.Pipe they have
// a buffer, as a network has: two ends that write at once, as in TLS and HTTP/2, would
// wait for each other for ever without one.
func pipe() (client, server net.Conn) {
	a, b := newHalf(), newHalf()
	return &end{in: a, out: b, reading: newDeadline(), writing: newDeadline()},
		&end{in: b, out: a, reading: newDeadline(), writing: newDeadline()}
}

const bufferSize = 64 << 10

// A half is one direction. Waiting is on channels alone, so that it counts as waiting in a
// bubble.
type half struct {
	filled, drained chan struct{} // of capacity one
	cut             chan struct{} // closed when the reader is gone

	mu    sync.Mutex
	buf   []byte
	ended bool // the writer is gone
	once  sync.Once
}

func newHalf() *half {
	return &half{filled: make(chan struct{}, 1), drained: make(chan struct{}, 1), cut: make(chan struct{})}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take moves what is there to p; ok is false if one has to wait.
func (h *half) take(p []byte) (n int, ok bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(h.buf) > 0:
		n = copy(p, h.buf)
		h.buf = h.buf[n:]
		nudge(h.drained)
		return n, true, nil
	case h.ended:
		return 0, true, io.EOF
	}
	return 0, len(p) == 0, nil
}

// give moves what fits of p.
func (h *half) give(p []byte) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(len(p), bufferSize-len(h.buf))
	h.buf = append(h.buf, p[:n]...)
	nudge(h.filled)
	return n
}

func (h *half) end() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	nudge(h.filled)
}

// An end is one end of a connection.
type end struct {
	in, out          *half
	reading, writing *deadline
}

func (e *end) Read(p []byte) (int, error) {
	for {
		select {
		case <-e.in.cut:
			return 0, net.ErrClosed
		case <-e.reading.passed():
			return 0, os.ErrDeadlineExceeded
		default:
		}
		if n, ok, err := e.in.take(p); ok {
			return n, err
		}
		select {
		case <-e.in.filled:
		case <-e.in.cut:
		case <-e.reading.passed():
		}
	}
}

func (e *end) Write(p []byte) (written int, err error) {
	for {
		select {
		case <-e.out.cut:
			return written, io.ErrClosedPipe
		case <-e.in.cut:
			return written, net.ErrClosed
		case <-e.writing.passed():
			return written, os.ErrDeadlineExceeded
		default:
		}
		written += e.out.give(p[written:])
		if written == len(p) {
			return written, nil
		}
		select {
		case <-e.out.drained:
		case <-e.out.cut:
		case <-e.in.cut:
		case <-e.writing.passed():
		}
	}
}

// Close ends both directions. What was written can still be read at the other end.
func (e *end) Close() error {
	e.in.once.Do(func() { close(e.in.cut) })
	e.out.end()
	e.reading.set(time.Time{})
	e.writing.set(time.Time{})
	return nil
}

func (*end) LocalAddr() net.Addr  { return pipeAddr{} }
func (*end) RemoteAddr() net.Addr { return pipeAddr{} }

func (e *end) SetDeadline(t time.Time) error {
	e.reading.set(t)
	e.writing.set(t)
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.reading.set(t)
	return nil
}

func (e *end) SetWriteDeadline(t time.Time) error {
	e.writing.set(t)
	return nil
}

// A deadline is a channel that closes at a time that can be moved.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{}
}

func newDeadline() *deadline { return &deadline{over: make(chan struct{})} }

func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	select {
	case <-d.over:
		d.over = make(chan struct{}) // it had passed; those who wait were woken then
	default:
	}
	switch wait := time.Until(t); {
	case t.IsZero():
	case wait <= 0:
		close(d.over)
	default:
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.timer == timer { // it was not moved while this was on its way
				close(d.over)
				d.timer = nil
			}
		})
		d.timer = timer
	}
}

package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Verb does what one command of the command line asks for. It returns a value that
// encoding/json can write, or a [*Stream]. It may say how far it is by calling progress.
type Verb func(ctx context.Context, args json.RawMessage, progress func(done, total int)) (any, error)

// A Stream is a reply of bytes. Body is closed once it was sent.
type Stream struct {
	Body io.ReadCloser
	Size int64
}

// A message is one line of a reply. The last one has a result or an error.
type message struct {
	Progress *[2]int         `json:"progress,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    string          `json:"error,omitempty"`
	Hint     string          `json:"hint,omitempty"`
}

// maxArguments bounds the body of a request to the admin socket.
const maxArguments = 16 << 20

// Admin returns the handler of the admin socket: POST /v1/VERB with the arguments in JSON
// is answered with lines of JSON, or with bytes. Whoever can open the socket may do
// everything; its file mode is the guard.
func Admin(verbs map[string]Verb, logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	for name, verb := range verbs {
		mux.HandleFunc("POST /v1/"+name, func(w http.ResponseWriter, r *http.Request) {
			args, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxArguments))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if err := answer(r.Context(), w, verb, args); err != nil {
				logger.Debug("admin reply not sent", "verb", name, "error", err)
			}
		})
	}
	return mux
}

func answer(ctx context.Context, w http.ResponseWriter, verb Verb, args json.RawMessage) error {
	flush := http.NewResponseController(w)
	// A round over many sources and the backup of a large database take their time.
	if err := flush.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	lines := json.NewEncoder(w)
	result, err := verb(ctx, args, func(done, total int) {
		if lines.Encode(message{Progress: &[2]int{done, total}}) == nil {
			_ = flush.Flush()
		}
	})
	if err != nil {
		return lines.Encode(refusal(err))
	}
	if stream, ok := result.(*Stream); ok {
		defer stream.Body.Close()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(stream.Size, 10))
		_, err := io.Copy(w, stream.Body)
		return err
	}
	raw, err := json.Marshal(result)
	if err != nil {
		return lines.Encode(message{Error: err.Error()})
	}
	return lines.Encode(message{Result: raw})
}

// A RemoteError is what a verb of a daemon failed with.
type RemoteError struct {
	text, hint string
}

// Error returns what the verb said.
func (e *RemoteError) Error() string { return e.text }

// Hint returns what to do about it, empty if nothing was said.
func (e *RemoteError) Hint() string { return e.hint }

// refusal tells of an error, and of its hint if it has one.
func refusal(err error) message {
	m := message{Error: err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		m.Hint = hinted.Hint()
	}
	return m
}

// ErrNoDaemon is returned when nobody listens at the admin socket.
var ErrNoDaemon = errors.New("no daemon answers")

// Ask sends a verb to the daemon that listens at socket. A reply in JSON is stored in
// reply, one of bytes is copied to it if it is an io.Writer. progress may be nil. The
// error is [ErrNoDaemon] if nobody listens, and a [*RemoteError] if the verb failed.
func Ask(ctx context.Context, socket, verb string, args, reply any, progress func(done, total int)) error {
	body, err := json.Marshal(args)
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://wiredesk/v1/"+verb, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("%w at %s", ErrNoDaemon, socket)
	}
	if err != nil {
		return fmt.Errorf("ask the daemon: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return fmt.Errorf("the daemon at %s does not know %q: is it another version?", socket, verb)
	case resp.StatusCode != http.StatusOK:
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("the daemon says: %s", strings.TrimSpace(string(text)))
	}
	if resp.Header.Get("Content-Type") == "application/octet-stream" {
		w, ok := reply.(io.Writer)
		if !ok {
			return fmt.Errorf("the daemon answers %q with bytes", verb)
		}
		n, err := io.Copy(w, resp.Body)
		if err == nil && n != resp.ContentLength {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("the daemon's reply was cut short after %d of %d bytes: %w", n, resp.ContentLength, err)
		}
		return nil
	}
	return readReply(resp.Body, reply, progress)
}

// readReply reads lines up to the one with the result.
func readReply(body io.Reader, reply any, progress func(done, total int)) error {
	lines := json.NewDecoder(bufio.NewReader(body))
	for {
		var m message
		if err := lines.Decode(&m); err != nil {
			return fmt.Errorf("the daemon stopped before it answered: %w", err)
		}
		switch {
		case m.Error != "":
			return &RemoteError{m.Error, m.Hint}
		case m.Progress != nil:
			if progress != nil {
				progress(m.Progress[0], m.Progress[1])
			}
		case reply == nil:
			return nil
		default:
			return json.Unmarshal(m.Result, reply)
		}
	}
}

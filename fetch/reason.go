package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// A RequestError is why a request brought no document. Reason is in words for operators:
// one line, short, without control characters, and it names no address with its secrets.
type RequestError struct {
	Reason string
	Hint   string // what to do about it; may be empty
	// Network says that nobody was reached, neither the host nor a name server that
	// denies it: it may be the network's fault and not the source's.
	Network bool

	cause error
}

// Error returns the reason, with the hint in parentheses.
func (e *RequestError) Error() string {
	if e.Hint != "" {
		return e.Reason + " (" + e.Hint + ")"
	}
	return e.Reason
}

// Unwrap returns what happened.
func (e *RequestError) Unwrap() error { return e.cause }

// unlessPrivate is explain for what is not of a source: it says what lets it go to a private
// network.
func unlessPrivate(err error, hint string) *RequestError {
	e := explain(err)
	if _, ok := errors.AsType[*privateError](err); ok {
		e.Hint = hint
	}
	return e
}

// ErrTooLarge is returned when a body is larger than allowed, after decompression.
var ErrTooLarge = errors.New("too large")

// explain turns whatever a request may end with into words.
func explain(err error) *RequestError {
	if said, ok := errors.AsType[*RequestError](err); ok {
		return said
	}
	e := &RequestError{cause: err}
	if private, ok := errors.AsType[*privateError](err); ok {
		e.Reason = private.Error()
		e.Hint = "if that is your own network, set allow_private = true for this source or list the network in allow_networks"
		return e
	}
	if errors.Is(err, ErrRefused) {
		e.Reason = oneLine(err.Error(), maxReason)
		return e
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		e.Reason = "name lookup: " + oneLine(lookup.Err, maxReason)
		if lookup.IsNotFound {
			e.Reason = "no such host " + oneLine(lookup.Name, maxReason)
		}
		return e
	}
	if words, ok := tlsWords(err); ok {
		e.Reason = "TLS: " + words
		return e
	}
	timeout, _ := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timeout != nil && timeout.Timeout():
		e.Reason = "timed out"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Reason = "connection refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		e.Reason = "network unreachable"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		e.Reason = "connection reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		e.Reason = "the answer was cut short"
	default:
		e.Reason = oneLine(err.Error(), maxReason)
	}
	return e
}

// unreached reports whether err, from a request that got no connection, may mean that the
// network is down. A refusal and a name that does not exist are answers.
func unreached(err error) bool {
	lookup, isLookup := errors.AsType[*net.DNSError](err)
	_, isTLS := tlsWords(err)
	return !isTLS && !errors.Is(err, ErrRefused) && !errors.Is(err, syscall.ECONNREFUSED) &&
		!errors.Is(err, context.Canceled) && (!isLookup || !lookup.IsNotFound)
}

func tlsWords(err error) (string, bool) {
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return oneLine(unknown.Error(), maxReason), true
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return oneLine(name.Error(), maxReason), true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return oneLine(invalid.Error(), maxReason), true
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return oneLine(alert.Error(), maxReason), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak it", true
	}
	return "", false
}

// maxReason is how long a reason may be, in characters.
const maxReason = 200

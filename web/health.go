package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Healthy asks the server that listens at an address, as [Listen] takes it, whether it is
// well and what it serves is up to date. It returns nil if so; otherwise the error says what
// it answered, or that it did not, with what to do as a hint.
func Healthy(ctx context.Context, listen string) error {
	network, address := "tcp", dialable(listen)
	if path, ok := strings.CutPrefix(listen, "unix:"); ok {
		network, address = "unix", path
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+ReadyPath, nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return &obstacle{fmt.Errorf("no answer at %s: %w", listen, err), "is wiredesk run running with this config?"}
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // as far as it comes
		return &obstacle{fmt.Errorf("it is running, but %s", strings.TrimSpace(string(text))), "its log says what to do"}
	}
	if resp.StatusCode != http.StatusOK {
		return &obstacle{fmt.Errorf("it answers %s", resp.Status), "is what listens there wiredesk? compare server.listen"}
	}
	return nil
}

// dialable returns where to reach what listens on every address of this machine.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

package main

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/web"
)

// However the address to listen on is written, we do not ask ourselves.
func TestOurOwnAddressIsRefused(t *testing.T) { // S-12
	for _, listen := range []string{":0", "localhost:0", "0.0.0.0:0", "127.0.0.1:0"} {
		public, err := web.Listen(t.Context(), listen, 0)
		if err != nil {
			t.Skip("no loopback network here: ", err)
		}
		defer public.Close()
		port := public.Addr().(*net.TCPAddr).Port
		host, _, _ := net.SplitHostPort(listen)
		for what, as := range map[string]net.Addr{"listener": public.Addr(), "config": nil} {
			cfg := &config.Config{Server: config.Server{Listen: net.JoinHostPort(host, fmt.Sprint(port))}}
			client, err := newClient(cfg, as, discard)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Fetch(t.Context(), fetch.Request{URL: fmt.Sprintf("http://127.0.0.1:%d/", port), AllowPrivate: true})
			if !errors.Is(err, fetch.ErrRefused) {
				t.Errorf("%s by its %s: %v", listen, what, err)
			}
			client.Close()
		}
	}
}

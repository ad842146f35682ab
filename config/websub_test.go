package config_test

import (
	"strings"
	"testing"

	"wiredesk/config"
)

func TestHub(t *testing.T) {
	for _, c := range []struct{ base, hub, want, warning string }{
		{hub: "builtin"},
		{base: "https://feeds.example.org", hub: "https://hub.example/?key=a b", want: "is no address of a hub"},
		{base: "https://feeds.example.org", hub: "https://hub.example/"},
		{base: "https://feeds.example.org", hub: "Builtin", want: `write "builtin"`},
		{base: "https://feeds.example.org", hub: "hub.example", want: `"hub.example" is no address of a hub`},
		{base: "https://feeds.example.org", hub: "https://me:secret@hub.example/", want: "is no address of a hub"},
		{base: "https://feeds.example.org/", hub: "https://feeds.example.org/hub", want: "is an address of our own"},
		{base: "http://localhost:8080", hub: "https://hub.example/", warning: "a hub elsewhere cannot read our feeds at http://localhost:8080"},
		{base: "http://127.0.0.1:8080", hub: "http://[::1]:9/hub"},
	} {
		text := "[server]\nbase_url = \"" + c.base + "\"\n[websub]\nhub = \"" + c.hub + "\"\n"
		cfg, err := config.Load("wiredesk.toml", config.Options{Getenv: nothing, ReadFile: func(string) ([]byte, error) { return []byte(text), nil }})
		said := ""
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) || (c.want == "") != (said == "") || c.want != "" && !strings.Contains(said, "wiredesk.toml:4:7: websub.hub: ") {
			t.Errorf("%s: %q, want %q", c.hub, said, c.want)
		}
		if c.want == "" && cfg.WebSub.Hub != c.hub {
			t.Errorf("%s: is %q", c.hub, cfg.WebSub.Hub)
		}
		if warned := cfg.Warnings.Error(); c.want == "" && (!strings.Contains(warned, c.warning) || (c.warning == "") != (warned == "")) {
			t.Errorf("%s: warned %q, want %q", c.hub, warned, c.warning)
		}
	}
}

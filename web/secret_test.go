package web_test

import (
	"net/http"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"
)

// TestSecret holds that the status feed is answered at its address alone, for nobody's cache,
// and that a wrong guess looks like any page that there is not.
func TestSecret(t *testing.T) {
	site, _ := newHandler(t)
	var secret web.Secret
	h := secret.Before(site)
	const path = "/status/q7Zp2mVx9-Kd4sWb_T1c.atom"
	nowhere := ask(h, http.MethodGet, "/status/nowhere.atom")
	if got := ask(h, http.MethodGet, path); got.Code != http.StatusNotFound {
		t.Errorf("before there is one: %d", got.Code)
	}
	doc, err := publish.Status(publish.Settings{BaseURL: "https://feeds.example.org/planet"}, "https://feeds.example.org/planet"+path, []wiredesk.Event{{
		Seq: 1, ID: "urn:uuid:038fa4e3-46da-5ed7-8ffd-ed1238025bd9", At: at, Kind: wiredesk.EventBroken, Headline: "A is broken", Text: "It failed.",
	}})
	if err != nil {
		t.Fatal(err)
	}
	secret.Set("/planet", path, doc)
	for _, asked := range []string{path, "/planet" + path} {
		got := ask(h, http.MethodGet, asked)
		header := got.Result().Header
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "A is broken") {
			t.Errorf("%s: %d", asked, got.Code)
		}
		for name, want := range map[string]string{"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow", "Access-Control-Allow-Origin": "", "Referrer-Policy": "no-referrer"} {
			if header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, header.Get(name), want)
			}
		}
		if again := ask(h, http.MethodGet, asked, "If-None-Match", header.Get("ETag")); again.Code != http.StatusNotModified || again.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("asked again: %d", again.Code)
		}
	}
	for _, asked := range []string{"/status/", "/status/x.atom", strings.ToUpper(path), path + "/", strings.TrimSuffix(path, ".atom"), strings.Replace(path, ".atom", ".rss", 1), "/status/%2e%2e" + path} {
		got := ask(h, http.MethodGet, asked)
		if got.Code != nowhere.Code || got.Body.String() != nowhere.Body.String() {
			t.Errorf("%s: %d %s", asked, got.Code, got.Body)
		}
	}
	if got := ask(h, http.MethodPost, path); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Code)
	}
	secret.Set("", "", nil)
	if got := ask(h, http.MethodGet, path); got.Code != http.StatusNotFound {
		t.Errorf("afterwards: %d", got.Code)
	}
}

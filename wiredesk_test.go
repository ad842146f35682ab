package wiredesk_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/hostile"

	"pgregory.net/rapid"
)

func TestCanonicalLink(t *testing.T) {
	same := [][]string{
		{"https://example.org/a", "http://example.org/a", "http://www.example.org/a/", "https://EXAMPLE.org:443/a#top", "https://example.org/a?utm_source=rss&fbclid=1"},
		{"https://example.org", "http://example.org/", "http://www.example.org"},
		{"https://example.org/?p=1", "http://example.org/?p=1&utm_medium=feed#comments"},
	}
	for _, group := range same {
		for _, link := range group[1:] {
			if a, b := wiredesk.CanonicalLink(group[0]), wiredesk.CanonicalLink(link); a != b {
				t.Errorf("%q and %q differ: %q, %q", group[0], link, a, b)
			}
		}
	}
	differ := []string{"https://example.org/?p=1", "https://example.org/?p=2", "https://example.org/a", "https://example.org/A", "https://example.org:8080/a", "https://example.org/#!/a", "mailto:a@example.org"}
	seen := map[string]string{}
	for _, link := range differ {
		c := wiredesk.CanonicalLink(link)
		if other, ok := seen[c]; ok {
			t.Errorf("%q and %q are the same: %q", link, other, c)
		}
		seen[c] = link
	}
}

func TestCanonicalLinkTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`https?://(www\.)*[a-zA-Z.]{1,9}(:[0-9]{1,4})?/?[a-z/%]*(\?[a-z_=&%]*)?(#[!a-z=]*)?`),
		).Draw(t, "link")
		once := wiredesk.CanonicalLink(link)
		if twice := wiredesk.CanonicalLink(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", link, once, twice)
		}
	})
}

// FuzzCanonicalLink holds, for any bytes, that an address is the same as what it was made into,
// and that nothing else becomes an address of the web.
func FuzzCanonicalLink(f *testing.F) {
	for _, link := range append(slices.Clone(hostile.Addresses), "https://www.example.org/a/?utm_source=x&b=c#!d", "HTTP://Example.org.:80//", "http://[::1]:8080/%zz") {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		once := wiredesk.CanonicalLink(link)
		if twice := wiredesk.CanonicalLink(once); twice != once {
			t.Errorf("%q becomes %q, then %q", link, once, twice)
		}
		if stripped := wiredesk.StripTrackers(link); len(stripped) > len(link) || wiredesk.StripTrackers(stripped) != stripped {
			t.Errorf("%q is stripped to %q", link, stripped)
		}
		u, err := url.Parse(strings.TrimSpace(link))
		web := err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
		if !web && strings.HasPrefix(once, "https://") && !strings.HasPrefix(strings.TrimSpace(link), "https://") {
			t.Errorf("%q becomes %q", link, once)
		}
	})
}

func TestStripTrackersKeepsTheRest(t *testing.T) { // S-35
	for in, want := range map[string]string{
		"https://a.example/x?utm_source=a&id=%2F&b":       "https://a.example/x?id=%2F&b",
		"https://a.example/x?UTM_Source=a":                "https://a.example/x",
		"https://a.example/x?":                            "https://a.example/x?",
		"https://a.example/x?a=b;c=d&&e#frag":             "https://a.example/x?a=b;c=d&&e#frag",
		"https://a.example/x#utm_source=rss":              "https://a.example/x",
		"https://a.example/x#xtor=RSS-1":                  "https://a.example/x",
		"https://a.example/x?redirect=http://b?utm_x=1":   "https://a.example/x?redirect=http://b?utm_x=1",
		"https://a.example/pkg?pkg_name=1&pk_campaign=rs": "https://a.example/pkg?pkg_name=1",
	} {
		if got := wiredesk.StripTrackers(in); got != want {
			t.Errorf("StripTrackers(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"Don’t  stop – AT&T, 3.5": "dont stop at t 3 5",
		"ÉTÉ à la carte":          "été à la carte",
		"東京タワー now":               "東 京 タ ワ ー now",
		"":                        "",
		"naïve co\u00adoperate":   "naïve cooperate",
	} {
		if got := strings.Join(wiredesk.Words(in), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPublishedID(t *testing.T) {
	const origin = "https://example.org/feed"
	for guid, own := range map[string]bool{
		"https://example.org/1":                         true,
		"tag:example.org,2026:1":                        true,
		"urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8": true,
		"https://example.org/a b":                       false,
		"urn:isbn:0451450523":                           true,
		"urn:uuid:no-uuid":                              false,
		"urn:x":                                         false,
		"urn:x:a/b":                                     false,
		"tag:Example.org,2026:1":                        false,
		"tag:example.org,2026:/a?b=%C3%BC#c":            true,
		"https://example.org":                           false,
		"https://Example.org/1":                         false,
		"https://example.org:443/1":                     false,
		"https://example.org:8443/1":                    true,
		"https://example.org./1":                        false,
		"https://example.org/a/../1":                    false,
		"https://example.org/%C3%BC":                    true,
		"https://example.org/%c3%bc":                    false,
		"https://example.org/%FC":                       false,
		"https://example.org/u%CC%88":                   false,
		"https://example.org/%7E1":                      false,
		"https://example.org/?a=b%2Fc&d=(e)":            true,
		"https://example.org/?a=[1]":                    false,
		"https://example.org/ü":                         false,
		"http://[2001:db8::1]/1":                        false,
		"https://user:pass@example.org/1":               false,
		"https:///1":                                    false,
		"yt:video:x":                                    false,
		"javascript:alert(1)":                           false,
		"https://example.org/%zz":                       false,
		"1234":                                          false,
	} {
		it := &wiredesk.Item{GUID: guid}
		it.First = wiredesk.FirstIdentity(it, wiredesk.IdentityAuto)
		got := wiredesk.PublishedID(origin, it, true)
		if (got == guid) != own {
			t.Errorf("guid %q is published as %q", guid, got)
		}
		if !wiredesk.IsIRI(got) {
			t.Errorf("guid %q is published as %q, which is no IRI", guid, got)
		}
		claimed := wiredesk.PublishedID(origin, it, false)
		if claimed == guid || claimed == wiredesk.PublishedID("https://other.example/feed", it, false) { // S-36
			t.Errorf("guid %q of another source is published as %q", guid, claimed)
		}
	}
}

func TestStand(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ds := []wiredesk.Decision{
		{ID: 1, Verb: wiredesk.Hide},
		{ID: 2, Verb: wiredesk.Pin, Feed: "go"},
		{ID: 3, Verb: wiredesk.Undo},
		{ID: 4, Verb: wiredesk.Approve, At: at, Feed: "go"},
	}
	if got, want := wiredesk.Stand(ds, "go"), (wiredesk.Standing{Pinned: true, Approved: at}); got != want {
		t.Errorf("go: got %+v, want %+v", got, want)
	}
	if got := wiredesk.Stand(ds, "other"); got != (wiredesk.Standing{}) {
		t.Errorf("other: got %+v", got)
	}
	if got := wiredesk.Stand(ds[:2], "other"); !got.Hidden || got.Pinned {
		t.Errorf("before the undo: got %+v", got)
	}
}

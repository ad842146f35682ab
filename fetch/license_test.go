package fetch_test

import "testing"

// A licence is an address, whatever element names it, and what its document says holds for an
// entry that says nothing.
func TestLicense(t *testing.T) { // O-05
	const by, zero = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/"
	const channel = `<title>t</title>`
	for name, c := range map[string]struct{ body, want string }{
		"creativeCommons": {`<rss version="2.0" xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"><channel>` + channel +
			`<creativeCommons:license>` + zero + `</creativeCommons:license><item><guid>1</guid><creativeCommons:license> ` + by + ` </creativeCommons:license></item></channel></rss>`, by},
		"cc": {`<rss version="2.0" xmlns:cc="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel>` + channel +
			`<item><guid>1</guid><cc:license rdf:resource="` + by + `"/></item></channel></rss>`, by},
		"dcterms": {`<rss version="2.0" xmlns:dcterms="http://purl.org/dc/terms/"><channel>` + channel + `<item><guid>1</guid><dcterms:license>` + by + `</dcterms:license></item></channel></rss>`, by},
		"link in RSS": {`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>` + channel +
			`<item><guid>1</guid><atom:link rel="license" href="` + by + `"/></item></channel></rss>`, by},
		"of the channel": {`<rss version="2.0" xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"><channel>` + channel +
			`<creativeCommons:license>` + zero + `</creativeCommons:license><item><guid>1</guid></item></channel></rss>`, zero},
		"Atom":        {`<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><link rel="license" href="` + zero + `"/><entry><id>1</id><link rel="license" href="` + by + `"/></entry></feed>`, by},
		"of the feed": {`<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><link rel="license" href="` + zero + `"/><entry><id>1</id></entry></feed>`, zero},
		"no address":  {`<rss version="2.0" xmlns:cc="http://web.resource.org/cc/"><channel>` + channel + `<item><guid>1</guid><cc:license>javascript:alert(1)</cc:license></item></channel></rss>`, ""},
	} {
		if got := parse(t, c.body).Items[0].License; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What a podcast is about is the first of its categories.
func TestGenre(t *testing.T) {
	for body, want := range map[string]string{
		`<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>t</title><itunes:category text="Health &amp; Fitness"><itunes:category text="Sexuality"/></itunes:category><itunes:category text="Arts"/><item><guid>1</guid></item></channel></rss>`: "Health & Fitness",
		`<rss version="2.0"><channel><title>t</title><category>Arts</category><item><guid>1</guid></item></channel></rss>`:                                                                                                                                                                  "",
	} {
		if got := parse(t, body).Channel.Genre; got != want {
			t.Errorf("%q, want %q of %s", got, want, body)
		}
	}
}

package config

import (
	"fmt"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"wiredesk"
)

// template returns the keys of a source that says nothing itself, complete.
func (b *builder) template(keys sourceKeys) sourceKeys {
	b.shapes.fold(&keys.pollKeys, &b.file.Fetch.pollKeys)
	b.shapes.preset(&keys)
	return keys
}

// source returns the source of an address with the given keys, which are complete. It
// leaves out what only addresses that the operator wrote may be told: credentials and
// headers.
func source(url string, k *sourceKeys) wiredesk.Source {
	return wiredesk.Source{
		URL:            url,
		Tags:           k.Tags.plain(),
		Meta:           k.Meta.plain(),
		Priority:       k.Priority.n,
		Content:        content(k.Content.s),
		FullText:       k.FullText.on,
		CheckWithdrawn: k.CheckWithdrawn.on,
		Paused:         k.Paused.on,
		Private:        k.Private.on,
		AllowPrivate:   k.AllowPrivate.on,
		Interval:       k.Interval.d,
		MinInterval:    k.MinInterval.d,
		MaxInterval:    k.MaxInterval.d,
		Timeout:        k.Timeout.d,
		MaxBody:        k.MaxBody.n,
		Proxy:          k.Proxy.s,
		KeepTrackers:   k.Trackers.s == "keep",
		Dates:          map[string]wiredesk.DatePolicy{"seen": wiredesk.DatesSeen}[k.Dates.s],
		Identity:       map[string]wiredesk.IdentityRule{"link": wiredesk.IdentityLink}[k.GUID.s],
		Base:           k.Base.s,
		Settle:         k.Settle.d,
		Backfill:       k.Backfill.is,
	}
}

func content(word string) wiredesk.Content {
	return map[string]wiredesk.Content{"summary": wiredesk.ContentSummary, "none": wiredesk.ContentNone}[word]
}

// written returns the source of an address that the operator wrote, with its credentials
// and headers. With one of these it is private, unless the operator says otherwise.
func (b *builder) written(what string, url *text, a address, k *sourceKeys) wiredesk.Source {
	s := source(a.url, k)
	s.Username, s.Password = k.Username.s, k.Password.s
	for _, h := range k.Headers.items {
		if s.Headers == nil {
			s.Headers = map[string]string{}
		}
		s.Headers[textproto.CanonicalMIMEHeaderKey(h.name)] = h.value.s
	}
	if a.hasUser {
		if k.Username.s != "" || k.Password.s != "" {
			b.problem(url.at, what+" has a user name, and username or password are there as well", "take it out of the address")
		}
		s.Username, s.Password = a.username, a.password
	}
	if url.secret && !a.hasUser && k.Private.set() && !k.Private.on {
		b.warn(url.at, what+" holds a secret and will be named in what is published", "take private = false out")
	}
	if !k.Private.set() {
		s.Private = url.secret || secretQuery(s.URL) || a.hasUser || s.Password != "" || len(s.Headers) > 0
	}
	return s
}

// secretQuery reports whether an address has a parameter that by its name is a secret, as those
// of paid podcasts have.
func secretQuery(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	for name := range u.Query() {
		switch strings.ToLower(name) {
		case "token", "access_token", "auth", "auth_token", "authkey", "key", "apikey", "api_key", "sig", "signature", "secret", "password", "passwd":
			return true
		}
	}
	return false
}

// sources fills in the sources of the config.
func (b *builder) sources(c *Config) {
	names := names{b: b, what: "source"}
	addresses := newAddresses(b)
	for _, t := range b.file.Sources {
		b.shapes.fold(&t.sourceKeys, &t.part.template)
		b.checkKeys(&t.sourceKeys)
		urls := b.urls(t)
		if t.Name.s != "" && names.add(&t.Name) && strings.ContainsAny(t.Name.s, " \t\r\n/") {
			b.problem(t.Name.at, "source.name: "+t.Name.show()+" has a space or a slash", "it is typed on the command line")
		}
		for i := range urls {
			a, ok := b.address("source.url", &urls[i], t.part.dir)
			if !ok {
				continue
			}
			s := b.written("source.url", &urls[i], a, &t.sourceKeys)
			s.Name, s.Title = t.Name.s, t.Title.s
			for j := range t.Formerly.items {
				if f, ok := b.address("source.formerly", &t.Formerly.items[j], t.part.dir); ok {
					s.Formerly = append(s.Formerly, f.url)
					addresses.formerly(&t.Formerly.items[j], f.url)
				}
			}
			if addresses.add(&urls[i], a.url) {
				c.Sources = append(c.Sources, s)
				c.SourceAt = append(c.SourceAt, urls[i].at)
			}
		}
	}
	addresses.check()
}

// urls returns the addresses of one block.
func (b *builder) urls(t *sourceTable) []text {
	switch {
	case t.URL.set() && t.URLs.set():
		b.problem(t.URLs.at, "source: url and urls are both there", "write all addresses into urls")
	case t.URL.set():
		return []text{t.URL}
	case !t.URLs.set() && !b.incomplete:
		b.problem(t.header, "this source has no url", `add url = "https://…"`)
	}
	if t.URLs.set() {
		for what, key := range map[string]place{"name": t.Name.place, "formerly": t.Formerly.place} {
			if key.set() {
				b.problem(key.at, fmt.Sprintf("source: %s belongs to one address, not to urls", what), "give this source a block of its own")
			}
		}
	}
	return t.URLs.items
}

func (b *builder) readingLists(c *Config) {
	seen := map[string]wiredesk.Position{}
	for _, t := range b.file.ReadingLists {
		b.shapes.fold(&t.sourceKeys, &t.part.template)
		b.shapes.preset(t)
		b.checkKeys(&t.sourceKeys)
		if !t.URL.set() {
			if !b.incomplete {
				b.problem(t.header, "this reading list has no url", `add url = "https://…" or the path of an OPML file`)
			}
			continue
		}
		a, ok := b.address("reading_list.url", &t.URL, t.part.dir)
		if !ok {
			continue
		}
		if first, ok := seen[a.url]; ok {
			b.twice(t.URL.at, "the reading list "+t.URL.show(), first)
			continue
		}
		seen[a.url] = t.URL.at
		c.ReadingLists = append(c.ReadingLists, ReadingList{
			List:       b.written("reading_list.url", &t.URL, a, &t.sourceKeys),
			FolderTags: t.Folders.s == "tags",
			Position:   t.header,
			template:   t.sourceKeys,
		})
	}
}

// reservedHeaders are those that wiredesk sets itself: another value would break polling.
var reservedHeaders = []string{
	"Accept-Encoding", "A-Im", "Connection", "Content-Length", "Host", "If-Modified-Since", "If-None-Match",
	"Keep-Alive", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// checkKeys checks what the types of the keys cannot.
func (b *builder) checkKeys(k *sourceKeys) {
	b.intervals(&k.pollKeys)
	b.proxy(&k.Proxy)
	if k.Base.s != "" {
		b.webAddress("base", &k.Base)
	}
	if strings.Contains(k.Username.s, ":") {
		b.problem(k.Username.at, "username has a colon", "HTTP Basic authentication cannot say that")
	}
	for _, h := range k.Headers.items {
		name := textproto.CanonicalMIMEHeaderKey(h.name)
		switch {
		case !isToken(h.name):
			b.problem(h.at, fmt.Sprintf("headers: %q is no name of a header field", h.name), "letters, digits and -")
		case slices.Contains(reservedHeaders, name):
			b.problem(h.at, "headers: wiredesk sets "+name+" itself", "take it out")
		case strings.ContainsFunc(h.value.s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			b.problem(h.value.at, "headers: the value of "+name+" has a control character", "a header field is one line")
		}
	}
}

// isToken reports whether s can be the name of a header field (RFC 9110 section 5.1).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// intervals checks that the three intervals are in order.
func (b *builder) intervals(k *pollKeys) {
	least, start, most := &k.MinInterval, &k.Interval, &k.MaxInterval
	below := func(low *span, lowName string, high *span, highName string) {
		if low.d <= high.d {
			return
		}
		at, what, mend := high.at, fmt.Sprintf("%s %s is below %s %s", highName, wiredesk.FormatDuration(high.d), lowName, wiredesk.FormatDuration(low.d)), lowName+` = "`+wiredesk.FormatDuration(high.d)+`"`
		if !high.set() {
			at, what, mend = low.at, fmt.Sprintf("%s %s is above %s %s", lowName, wiredesk.FormatDuration(low.d), highName, wiredesk.FormatDuration(high.d)), highName+` = "`+wiredesk.FormatDuration(low.d)+`"`
		}
		b.problem(at, what, "set "+mend+" as well")
	}
	if least.d > most.d && least.set() && most.set() {
		below(least, "min_interval", most, "max_interval")
		return
	}
	below(least, "min_interval", start, "interval")
	below(start, "interval", most, "max_interval")
}

// names are names of which there may be one each.
type names struct {
	b     *builder
	what  string
	first map[string]wiredesk.Position
}

// add takes a name in. It is false if the name was there before.
func (n *names) add(name *text) bool {
	if n.first == nil {
		n.first = map[string]wiredesk.Position{}
	}
	if first, ok := n.first[name.s]; ok {
		n.b.twice(name.at, fmt.Sprintf("the %s %s", n.what, name.show()), first)
		return false
	}
	n.first[name.s] = name.at
	return true
}

// addresses are the addresses of sources, each of which may be there once.
type addresses struct {
	b     *builder
	first map[string]*text
	loose map[string]*text
	old   map[string]*text
}

func newAddresses(b *builder) *addresses {
	return &addresses{b, map[string]*text{}, map[string]*text{}, map[string]*text{}}
}

// add takes the address of a source in. It is false if it was there before.
func (a *addresses) add(t *text, url string) bool {
	if first, ok := a.first[url]; ok {
		a.b.problem(t.at, fmt.Sprintf("%s is a source twice, first at %s", t.show(), first.at), "take one of them out")
		return false
	}
	a.first[url] = t
	loose := nearlySame(url)
	if first, ok := a.loose[loose]; ok {
		a.b.warn(t.at, fmt.Sprintf("%s may be the same source as %s at %s", t.show(), first.show(), first.at), "each source should be there once")
	} else {
		a.loose[loose] = t
	}
	return true
}

// nearlySame returns what is equal for addresses that differ only in http or https, in the
// case of the host or in a slash at the end: seldom are these two feeds.
func nearlySame(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, path := cutAny(rest, "/")
	if strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") {
		scheme = "web"
	}
	return scheme + "://" + strings.ToLower(host) + strings.TrimRight(path, "/")
}

func (a *addresses) formerly(t *text, url string) {
	if first, ok := a.old[url]; ok {
		a.b.problem(t.at, fmt.Sprintf("formerly: %s became another source already, at %s", t.show(), first.at), "only one source can follow")
		return
	}
	a.old[url] = t
}

// check reports former addresses that are the address of a source now.
func (a *addresses) check() {
	for url, t := range a.old {
		if now, ok := a.first[url]; ok {
			a.b.problem(t.at, fmt.Sprintf("formerly: %s is still a source, at %s", t.show(), now.at), "take one of them out")
		}
	}
}

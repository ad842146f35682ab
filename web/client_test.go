package web

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// The header of a proxy counts from its end on, and only if the proxy is named; where it cannot
// be told who asks, nobody is taken for everybody.
func TestReader(t *testing.T) { // C-15
	const peer, local, socket = "203.0.113.5:4711", "127.0.0.1:4711", "@"
	named := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("198.51.100.0/24")}}
	for name, c := range map[string]struct {
		proxies Proxies
		from    string
		fields  []string
		want    string // empty if it cannot be told
	}{
		"a reader":                         {Proxies{}, peer, nil, "203.0.113.5"},
		"one of IPv6":                      {Proxies{}, "[2001:db8::5%eth0]:4711", nil, "2001:db8::5"},
		"one of IPv4 in IPv6":              {Proxies{}, "[::ffff:203.0.113.5]:4711", nil, "203.0.113.5"},
		"this machine":                     {Proxies{}, local, nil, ""},
		"a network of one's own":           {Proxies{}, "192.168.1.2:4711", nil, ""},
		"one's own network of IPv6":        {Proxies{}, "[fd00::1]:4711", nil, ""},
		"a network behind a carrier":       {Proxies{}, "100.64.1.1:4711", nil, ""},
		"a socket":                         {Proxies{}, socket, nil, ""},
		"a socket, forwarded":              {Proxies{}, socket, []string{"X-Forwarded-For", "203.0.113.9"}, ""},
		"a proxy that is not named":        {Proxies{}, peer, []string{"X-Forwarded-For", "203.0.113.9"}, ""},
		"one that says so otherwise":       {Proxies{}, peer, []string{"Via", "1.1 squid"}, ""},
		"another one is named":             {named, peer, []string{"X-Forwarded-For", "203.0.113.9"}, "203.0.113.5"},
		"named":                            {named, local, []string{"X-Forwarded-For", "203.0.113.9"}, "203.0.113.9"},
		"made up before it":                {named, local, []string{"X-Forwarded-For", "192.0.2.1, 203.0.113.9"}, "203.0.113.9"},
		"made up, nonsense":                {named, local, []string{"X-Forwarded-For", ",,x, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":                      {named, local, []string{"X-Forwarded-For", "192.0.2.1, 203.0.113.9 , 198.51.100.7"}, "203.0.113.9"},
		"two fields":                       {named, local, []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-For", "203.0.113.9,198.51.100.7"}, "203.0.113.9"},
		"field of proxies alone":           {named, local, []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-For", "198.51.100.7"}, "203.0.113.9"},
		"with a port":                      {named, local, []string{"X-Forwarded-For", "203.0.113.9:80"}, "203.0.113.9"},
		"IPv6 with a port":                 {named, local, []string{"X-Forwarded-For", "[2001:db8::9]:80"}, "2001:db8::9"},
		"IPv6 without":                     {named, local, []string{"X-Forwarded-For", "2001:db8::9"}, "2001:db8::9"},
		"unknown":                          {named, local, []string{"X-Forwarded-For", "203.0.113.9, unknown"}, ""},
		"empty":                            {named, local, []string{"X-Forwarded-For", ""}, ""},
		"a proxy that is not named before": {named, local, []string{"X-Forwarded-For", "203.0.113.9, 10.0.0.1"}, ""},
		"nobody but proxies":               {named, local, []string{"X-Forwarded-For", "198.51.100.7, 127.0.0.1"}, ""},
		"the proxy itself":                 {named, local, nil, ""},
		"Forwarded":                        {named, local, []string{"Forwarded", `for=192.0.2.1, By=x;For="[2001:db8::9]:4711";proto=https`}, "2001:db8::9"},
		"Forwarded by two":                 {named, local, []string{"Forwarded", `for=203.0.113.9;proto=http, for=198.51.100.7`}, "203.0.113.9"},
		"Forwarded for somebody":           {named, local, []string{"Forwarded", `for=_hidden`}, ""},
		"Forwarded for nobody":             {named, local, []string{"Forwarded", `proto=https`}, ""},
		"both":                             {named, local, []string{"Forwarded", `for=192.0.2.1`, "X-Forwarded-For", "203.0.113.9"}, "203.0.113.9"},
		"the proxy at the socket":          {Proxies{Socket: true}, socket, []string{"X-Forwarded-For", "203.0.113.9"}, "203.0.113.9"},
		"at the socket, for itself":        {Proxies{Socket: true}, socket, nil, ""},
		"at the socket, behind another":    {Proxies{Networks: named.Networks, Socket: true}, "", []string{"X-Forwarded-For", "203.0.113.9, 198.51.100.7"}, "203.0.113.9"},
	} {
		r := &http.Request{RemoteAddr: c.from, Header: http.Header{}}
		for i := 0; i < len(c.fields); i += 2 {
			r.Header.Add(c.fields[i], c.fields[i+1])
		}
		got, known := c.proxies.reader(r)
		if known != (c.want != "") || known && got.String() != c.want {
			t.Errorf("%s: %v, %t, want %q", name, got, known, c.want)
		}
	}
}

func TestHousehold(t *testing.T) {
	for in, want := range map[string]string{"203.0.113.9": "203.0.113.9", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::"} {
		if got := household(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("%s is of %s, want %s", in, got, want)
		}
	}
}

// However many there are, what is remembered of readers is bounded, and those over the bound
// are answered all the same.
func TestMemoryOfReadersIsBounded(t *testing.T) {
	l := NewLimits(Proxies{}, nil)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	address := netip.MustParseAddr("1.0.0.0")
	for i := range mostReaders + 1000 {
		address = address.Next()
		if wait := l.ask(address, now.Add(time.Duration(i)*time.Nanosecond)); wait != 0 {
			t.Fatalf("reader %d is to wait for %v", i, wait)
		}
	}
	if n := len(l.readers); n != mostReaders {
		t.Errorf("%d readers are remembered, want %d", n, mostReaders)
	}
	l.ask(address.Next(), now.Add(time.Hour))
	if n := len(l.readers); n != 1 {
		t.Errorf("an hour later %d are", n)
	}
}

package wiredesk

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
)

// Handle returns by what the log and hints call the source, and by what the command line knows
// it: its name, or else its address. That of a private source may be a secret as a whole, so it
// is its host, and enough to tell it from others there: news.example-3f9a1c. It stays as long as
// the first address does.
func (s *Source) Handle() string {
	if s.Name != "" {
		return s.Name
	}
	u, err := url.Parse(s.URL)
	switch {
	case err != nil:
		return "source-" + s.mark()
	case !s.Private && u.User == nil:
		return s.URL
	case !s.Private:
		u.User = nil
		return u.String()
	case u.Hostname() == "":
		return u.Scheme + "-" + s.mark()
	}
	return u.Hostname() + "-" + s.mark()
}

// mark is made of the first address, and does not lead back to it.
func (s *Source) mark() string {
	sum := sha256.Sum256([]byte("handle\n" + s.Origin()))
	return hex.EncodeToString(sum[:3])
}

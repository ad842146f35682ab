package wiredesk

import (
	"crypto/sha1" //nolint:gosec // UUIDv5 is defined with SHA-1 (RFC 9562 section 5.5)
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// An Identity is a hash of one thing by which an item can be known again within its
// source. Its first byte is its [IdentityKind], so that kinds do not meet.
type Identity [16]byte

// An IdentityKind is what an identity was made from.
type IdentityKind byte

// The kinds of identity, strongest first.
const (
	KindGUID  IdentityKind = 'g' // the guid, byte for byte
	KindAlike IdentityKind = 'a' // the guid as a canonical link, where it is an address
	KindLink  IdentityKind = 'l' // the canonical link
	KindPath  IdentityKind = 'p' // the title and the link without its host: survives a move
	KindDated IdentityKind = 'd' // title and the date that the source said
	KindWords IdentityKind = 'w' // title and text
	KindFew   IdentityKind = 'f' // title and text, where they are too few to say much
	KindLast  IdentityKind = 'z' // all there is, where there is nothing else
)

// EnoughWords is how many words a text must have for its words to identify it. Below it,
// texts are too often alike ("Open thread") for equality to mean anything.
const EnoughWords = 12

// Kind returns what the identity was made from.
func (id Identity) Kind() IdentityKind { return IdentityKind(id[0]) }

// MarshalText writes the identity in hexadecimal, the zero one as nothing.
func (id Identity) MarshalText() ([]byte, error) {
	if id == (Identity{}) {
		return nil, nil
	}
	return fmt.Appendf(nil, "%x", id[:]), nil
}

func newIdentity(kind IdentityKind, parts ...string) Identity {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	var id Identity
	copy(id[:], sum[:])
	id[0] = byte(kind)
	return id
}

// Identities returns everything by which an item can be known again, strongest first.
// What a match is worth depends on the kind and on what else agrees; the store decides.
func Identities(it *Item, rule IdentityRule) []Identity {
	ids := make([]Identity, 0, 6)
	guid := it.GUID
	title, titled := joinedWords(it.Title)
	if rule == IdentityLink && it.Link != "" {
		guid = ""
	}
	if guid != "" {
		ids = append(ids, newIdentity(KindGUID, guid))
		if canonical := CanonicalLink(guid); canonical != guid || isWeb(guid) {
			ids = append(ids, newIdentity(KindAlike, canonical))
		}
	}
	if it.Link != "" {
		ids = append(ids, newIdentity(KindLink, CanonicalLink(it.Link)))
		if path := linkPath(it.Link); titled > 0 && path != "" {
			ids = append(ids, newIdentity(KindPath, path, title))
		}
	}
	if titled > 1 && it.Dated() {
		ids = append(ids, newIdentity(KindDated, title, it.Published.UTC().Format(time.RFC3339)))
	}
	if !it.Known {
		switch words, n := allWords(it); {
		case n >= EnoughWords:
			ids = append(ids, newIdentity(KindWords, words))
		case n > 1 && len(ids) > 0:
			ids = append(ids, newIdentity(KindFew, words))
		}
	}
	if len(ids) == 0 {
		ids = append(ids, newIdentity(KindLast, it.Title, it.Summary, it.Content, it.DateSaid))
	}
	return ids
}

// WordsIdentity returns the identity of the words of title and text. It is false if there
// are fewer than [EnoughWords] of them, or if the text was not cleaned.
func WordsIdentity(it *Item) (Identity, bool) {
	if it.Known {
		return Identity{}, false
	}
	words, n := allWords(it)
	if n < EnoughWords {
		return Identity{}, false
	}
	return newIdentity(KindWords, words), true
}

// allWords returns the words of title and text, joined by blanks, and how many they are.
func allWords(it *Item) (joined string, n int) {
	b, title := appendWords(nil, it.Title)
	b, text := appendWords(b, withoutTags(it.longest()))
	return string(b), title + text
}

func joinedWords(text string) (joined string, n int) {
	b, n := appendWords(nil, text)
	return string(b), n
}

// linkPath returns what of an address stays when its host changes: path and query. It is
// empty where that says nothing, as at the front page.
func linkPath(link string) string {
	u, err := url.Parse(CanonicalLink(link))
	if err != nil || u.Path == "" || u.Path == "/" {
		return ""
	}
	return u.RequestURI()
}

func isWeb(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// FirstIdentity returns the strongest thing that identifies an item, in words that stay
// the same for ever: published ids are made from it.
func FirstIdentity(it *Item, rule IdentityRule) string {
	switch {
	case it.GUID != "" && (rule != IdentityLink || it.Link == ""):
		return "guid:" + it.GUID
	case it.Link != "":
		return "link:" + CanonicalLink(it.Link)
	}
	ids := Identities(it, rule)
	return fmt.Sprintf("%c:%x", ids[0][0], ids[0][1:])
}

// PublishedID returns the id under which an item of the source with that origin is
// announced: its own guid if that is an IRI that readers and validators take as an Atom
// id as it is, and if own says that no other source has claimed it; else a UUID made from the source's origin and the item's first identity (RFC 9562, version 5). It
// depends on nothing else, so that a lost database announces the same ids again.
func PublishedID(origin string, it *Item, own bool) string {
	if guid, ok := strings.CutPrefix(it.First, "guid:"); own && ok && IsIRI(guid) {
		return guid
	}
	return "urn:uuid:" + uuid5(origin+"\n"+it.First)
}

// DigestID returns the published id of a feed's digest of a day, such as "2026-03-01".
func DigestID(feed, day string) string { return "urn:uuid:" + uuid5("digest\n"+feed+"\n"+day) }

// TitleID returns an id for a source of which nothing may be told but its title.
func TitleID(title string) string { return "urn:uuid:" + uuid5("source\n"+title) }

// namespace is the UUID of our own name space, itself a version 5 UUID of the DNS name
// space and the word wiredesk.
var namespace = [16]byte{0x03, 0x8f, 0xa4, 0xe3, 0x46, 0xda, 0x5e, 0xd7, 0x8f, 0xfd, 0xed, 0x12, 0x38, 0x02, 0x5b, 0xd9}

func uuid5(name string) string {
	h := sha1.New() //nolint:gosec // see the import
	h.Write(namespace[:])
	h.Write([]byte(name))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

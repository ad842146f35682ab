package hub

// A Topic is a feed document that can be followed, as it is now. It is not changed by anybody.
type Topic struct {
	URL     string // what the document calls itself
	Type    string // Content-Type
	Links   string // its Link header: hub and self
	Version string // of Body: equal if and only if the bytes are
	Body    []byte // nil where there is none at this time; that changes nothing for followers
}

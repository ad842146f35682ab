// Package valid checks documents before they are published: RSS 2.0, Atom 1.0 (RFC 4287),
// JSON Feed 1.1 and OPML 2.0. It knows nothing of who wrote them and reads the bytes as a
// reader will.
//
// It is strict. What the specifications forbid is a fault, and so is what the W3C feed
// validator warns of at its level AA; rules bear the validator's names where it has one.
// The world is closed: an element, attribute or key that is not in the tables here is a
// fault, so whoever publishes something new says here what it may hold.
//
// Three things are left to others. Dates in the future are no fault, because the same bytes
// are valid later. A host needs no dot in its name, where RFC 3986 asks for none. And what
// is checked of HTML is that a browser reads it as it is written and that nothing in it
// runs, not that it follows every rule of HTML.
package valid

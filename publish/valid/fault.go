package valid

import "fmt"

// A Rule is something that a document must keep to.
type Rule string

// The rules, first those of the document as a whole, then those of values. Most have the
// name of the message of the W3C feed validator.
const (
	NotWellFormed     Rule = "NotWellFormed"    // XML 1.0, Namespaces, RFC 8259
	NotUTF8           Rule = "NotUTF8"          // UTF-8, declared, without a byte order mark
	WrongRoot         Rule = "WrongRoot"        // another kind of document, or another version
	ReservedPrefix    Rule = "ReservedPrefix"   // a namespace has the prefix that everybody uses
	UnknownNamespace  Rule = "UnknownNamespace" // only namespaces that are in our tables
	UndefinedElement  Rule = "UndefinedElement" // nothing that is not in our tables
	UnexpectedAttr    Rule = "UnexpectedAttribute"
	MissingElement    Rule = "MissingElement"
	MissingAttribute  Rule = "MissingAttribute"
	DuplicateElement  Rule = "DuplicateElement"
	UnexpectedText    Rule = "UnexpectedText"
	NotBlank          Rule = "NotBlank"
	Misplaced         Rule = "Misplaced"     // metadata come before entries
	BadCharacters     Rule = "BadCharacters" // controls, U+FFFD, UTF-8 read as Latin-1
	TooLong           Rule = "TooLong"
	MissingSelf       Rule = "MissingSelf" // a document says where it is
	SelfNotAtom       Rule = "SelfNotAtom" // and of which type
	UnregisteredRel   Rule = "UnregisteredAtomLinkRel"
	DuplicateLink     Rule = "DuplicateAtomLink" // one alternate for each type and language
	DuplicateValue    Rule = "DuplicateValue"    // two entries with one id
	DuplicateUpdated  Rule = "DuplicateUpdated"  // two entries of Atom with one date of change
	MissingAuthor     Rule = "MissingAuthor"     // RFC 4287 section 4.1.1
	MissingContent    Rule = "MissingContent"    // RFC 4287 section 4.1.2; JSON Feed
	DescriptionFirst  Rule = "NeedDescriptionBeforeContent"
	DuplicateMeaning  Rule = "DuplicateSemantics" // the same said by two elements
	ImageDoesntMatch  Rule = "ImageDoesntMatch"   // title and link of an image are the channel's
	ImageFormat       Rule = "ImageUrlFormat"
	PodcastIncomplete Rule = "MissingItunesElement"
	PodcastFormat     Rule = "UnsupportedItunesFormat"
	ArchiveIncomplete Rule = "ArchiveIncomplete" // RFC 5005

	InvalidURI      Rule = "InvalidFullLink" // absolute, and of the characters of a URI (RFC 3986)
	InvalidWebURI   Rule = "InvalidWebURI"   // http or https, with a host and without a password
	InvalidID       Rule = "InvalidID"       // an http(s) address, a tag URI or a URN
	NonCanonicalID  Rule = "NonCanonicalURI" // in the one form of all that mean the same
	NotUnique       Rule = "NotSufficientlyUnique"
	InvalidDate     Rule = "InvalidDate"
	ImplausibleDate Rule = "ImplausibleDate" // before 1990
	InvalidContact  Rule = "InvalidContact"
	ContainsEmail   Rule = "ContainsEmail"
	InvalidLanguage Rule = "InvalidLanguage"
	InvalidMIMEType Rule = "InvalidMIMEType"
	InvalidInteger  Rule = "InvalidInteger"
	InvalidDuration Rule = "InvalidDuration"
	InvalidWord     Rule = "InvalidValue" // one of a few words
	InvalidType     Rule = "InvalidType"  // another type of JSON value
	ContainsHTML    Rule = "ContainsHTML" // plain text that looks like HTML
	NotHTML         Rule = "NotHtml"      // HTML that a browser must mend
	SecurityRisk    Rule = "SecurityRisk" // elements, attributes and addresses that run something
	ContainsRelRef  Rule = "ContainsRelRef"
)

// A Fault is one rule that a document breaks, at one place.
type Fault struct {
	Rule  Rule
	Where string // such as "rss/channel/item 3/guid"
	What  string // what stands there; cut, if it is long
}

// String returns the fault in one line.
func (f *Fault) String() string {
	if f.What == "" {
		return fmt.Sprintf("%s at %s", f.Rule, f.Where)
	}
	return fmt.Sprintf("%s at %s: %q", f.Rule, f.Where, f.What)
}

// Minor reports whether a document may be published nevertheless: its ids were announced
// long ago and do not change because a rule came later.
func (f *Fault) Minor() bool { return f.Rule == NonCanonicalID }

// A Report is what is to be said of a document. Without faults, it is valid.
type Report struct {
	IDs    []string // of its entries, in order
	Faults []*Fault // by far not all, if there are very many
}

// maxFaults bounds what one document is told.
const maxFaults = 100

func (r *Report) add(rule Rule, where, what string) {
	if len(r.Faults) < maxFaults {
		if runes := []rune(what); len(runes) > 120 {
			what = string(runes[:120]) + "…"
		}
		r.Faults = append(r.Faults, &Fault{Rule: rule, Where: where, What: what})
	}
}

package fetch

// What a document may cost. Everything beyond is cut or dropped, said in
// [wiredesk.Document.Repairs], and never an error: the rest of the document is worth
// reading. The scanner that enforces them takes time linear in the bytes it is given, so
// that the largest body a client lets through is the only other limit there is.
const (
	maxItems    = 10_000    // entries of one document
	maxText     = 1 << 20   // bytes of one text: a title, a summary, a body
	maxAttr     = 64 << 10  // bytes of one attribute
	maxAttrs    = 64        // attributes of one element
	maxBindings = 128       // namespace prefixes in force at one place
	maxNesting  = 8         // elements inside an entry that are not text
	maxChildren = 1_000     // elements of one entry
	maxHead     = 4 << 20   // bytes of what a document says of itself
	maxTitle    = 500       // characters of a title
	maxName     = 200       // characters of a name, a topic or a label
	maxProse    = 2_000     // characters of a description of the channel or of rights
	maxGUID     = 4 << 10   // bytes; a longer guid is none
	maxLink     = 8 << 10   // bytes; a longer address is none
	maxMany     = 100       // authors, categories, enclosures, hubs of one thing
	maxDepth    = 100       // elements within one another in cleaned HTML
	maxPage     = 512 << 10 // bytes of a page in which feeds are looked for
	maxOutlines = 100_000   // outlines of one OPML document
	maxFolders  = 16        // folders within one another in OPML
)

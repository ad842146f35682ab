package valid

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Markup reports whether s is HTML that is read as it is written, and in which nothing runs.
func Markup(s string) bool { return markup(nil, s) == "" }

// markup is HTML that is read as it is written, and in which nothing runs.
func markup(_ *node, s string) Rule {
	if !strings.ContainsAny(s, "<&") {
		return ""
	}
	written, rule := tokens(s)
	if rule != "" {
		return rule
	}
	body := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(s), body)
	if err != nil {
		return NotHTML
	}
	var b bytes.Buffer
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return NotHTML
		}
	}
	read, _ := tokens(b.String())
	if !slices.Equal(written, read) {
		return NotHTML
	}
	return ""
}

// tokens returns what stands in a text, without how it is written.
func tokens(s string) (list []string, broken Rule) {
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list, broken
		case html.TextToken:
			if raw := z.Raw(); bytes.IndexByte(raw, '<') >= 0 || loose(raw) {
				broken = NotHTML
			}
			list = append(list, "="+z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			bare := loose(z.Raw())
			t := z.Token()
			if bare {
				broken = NotHTML
			}
			if rule := element(&t); rule != "" && broken == "" {
				broken = rule
			}
			t.Type = html.StartTagToken
			list = append(list, t.String())
		case html.EndTagToken:
			name, _ := z.TagName()
			list = append(list, "/"+string(name))
		case html.CommentToken, html.DoctypeToken:
			if broken == "" {
				broken = NotHTML
			}
		}
	}
}

var reference = regexp.MustCompile(`^&(?:#[0-9]+;|#[xX][0-9A-Fa-f]+;|[A-Za-z][A-Za-z0-9]*;|[\s<&]|$)`)

// loose reports whether an ampersand begins something that is no reference to a character.
func loose(raw []byte) bool {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return false
		}
		if !reference.Match(raw[i:]) {
			return true
		}
		raw = raw[i+1:]
	}
}

// element looks at one element and its attributes.
func element(t *html.Token) Rule {
	switch {
	case !htmlElements[t.Data]:
		return NotHTML
	case !safeElements[t.Data]:
		return SecurityRisk
	}
	seen := map[string]bool{}
	for _, a := range t.Attr {
		if seen[a.Key] {
			return NotHTML
		}
		seen[a.Key] = true
		if !safeAttrs[a.Key] {
			return SecurityRisk
		}
		if rule := address(a.Key, a.Val); rule != "" {
			return rule
		}
	}
	return ""
}

// address looks at an attribute that holds one.
func address(key, s string) Rule {
	switch key {
	case "href", "src", "cite", "poster":
	default:
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil:
		return InvalidURI
	case u.Scheme == "":
		return ContainsRelRef
	case u.Scheme != "http" && u.Scheme != "https" && (u.Scheme != "mailto" || key != "href"):
		return SecurityRisk
	}
	return ""
}

// htmlElements are those of HTML; safeElements those in which nothing runs, or reaches out
// of its place, by the W3C feed validator's opinion.
var (
	safeElements = set(`a abbr acronym address area article aside audio b bdi big blockquote br caption center
		cite code col colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6
		header hgroup hr i img ins kbd li main map mark menu meter nav ol output p picture pre progress q rp rt ruby
		s samp section small source span strike strong sub summary sup table tbody td tfoot th thead time tr track
		tt u ul var video wbr`)
	htmlElements = union(safeElements, set(`applet base basefont bdo body button canvas command data datalist
		dialog embed fieldset form frame frameset head html iframe input isindex label legend link listing marquee
		meta noframes noscript object optgroup option param plaintext script select slot style template textarea
		title xmp`))
	safeAttrs = set(`abbr align alt cite class colspan coords datetime default dir download headers height href
		hreflang hspace id kind label lang loading loop media muted name open poster preload rel reversed rowspan
		scope shape size sizes span src srclang srcset start summary title translate type valign value vspace width
		border cellpadding cellspacing clear color compact face nowrap rows cols rules frame referrerpolicy decoding`)
)

func union(sets ...map[string]bool) map[string]bool {
	made := map[string]bool{}
	for _, s := range sets {
		for word := range s {
			made[word] = true
		}
	}
	return made
}

// entities are the names of HTML 4, which people write into texts that are no HTML.
var entities = set(`quot amp lt gt apos nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg
	macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute
	Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute
	Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring
	aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide
	oslash ugrave uacute ucirc uuml yacute thorn yuml fnof Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa
	Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma delta epsilon zeta eta theta
	iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega thetasym upsih piv bull
	hellip prime Prime oline frasl weierp image real trade alefsym larr uarr rarr darr harr crarr lArr uArr rArr dArr
	hArr forall part exist empty nabla isin notin ni prod sum minus lowast radic prop infin ang and or cap cup int
	there4 sim cong asymp ne equiv le ge sub sup nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor lang
	rang loz spades clubs hearts diams OElig oelig Scaron scaron Yuml circ tilde ensp emsp thinsp zwnj zwj lrm rlm
	ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger permil lsaquo rsaquo euro`)

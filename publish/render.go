package publish

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"wiredesk/publish/valid"
)

// Render makes the site. It is pure: the same input gives the same bytes, and nothing in
// them depends on At. What did not change since Previous is taken over as it is. The only
// errors are a base address, feed name or home page that cannot be; a document that would
// not be valid is left out, see [Site.Problems].
func Render(in Input) (*Site, error) {
	settings, err := in.sound()
	if err != nil {
		return nil, err
	}
	r := &run{in: &in, settings: &settings, site: newSite(settings.BaseURL)}
	r.site.archive = in.Archive
	if in.Previous != nil {
		r.site.seed = in.Previous.seed
	}
	look := cmp.Or(in.Look, ownLook())
	blogs, feeds := newBlogs(in.Sources), newListing(&in)
	menu := feeds.menu()
	if len(blogs) > 0 {
		settings.opml = settings.BaseURL + sourcesPath
	}
	for i := range in.Editions {
		e := &in.Editions[i]
		if e.Pages > 0 {
			r.site.pages[e.Feed.Name] = e.Pages
		}
		r.unit("feed "+e.Feed.Name, fingerprint(r.site.seed, &settings, look.mark, menu, e), func() []draft {
			return r.edition(newSheet(&settings, e), look, menu)
		})
	}
	if settings.Home == "" {
		r.unit("index", fingerprint(r.site.seed, &settings, look.mark, feeds, blogs), func() []draft {
			return []draft{r.page("/", look, func(look *Look) ([]byte, error) { return indexHTML(&settings, look, feeds, blogs) })}
		})
	} else if home, ok := r.site.docs["/"+settings.Home]; ok {
		r.site.docs["/"] = r.copyTo("/", home)
	}
	if len(blogs) > 0 {
		r.unit("sources", fingerprint(r.site.seed, &settings, blogs), func() []draft {
			return []draft{r.sources(blogs)}
		})
		if list, ok := r.site.docs[sourcesPath]; ok {
			r.site.docs[recommendationsPath] = r.copyTo(recommendationsPath, list)
		}
	}
	r.site.moved, r.site.gone = movedTo(r.site.path, in.Editions), goneFrom(in.Stamps, in.Editions)
	return r.site, nil
}

// A run is one call of Render.
type run struct {
	in       *Input
	settings *Settings
	site     *Site
	problems []Problem // of the unit that is being rendered
	mu       sync.Mutex
}

// unit takes a group of documents over from the previous site if what they are made from
// has the same mark, and renders them otherwise.
func (r *run) unit(key string, mark uint64, render func() []draft) {
	previous := r.in.Previous
	if previous != nil && previous.units[key].mark == mark && len(previous.units[key].paths) > 0 {
		u := previous.units[key]
		r.site.units[key] = u
		for _, path := range u.paths {
			r.site.docs[path] = previous.docs[path]
		}
		return
	}
	r.problems = nil
	docs := r.seal(render())
	slices.SortFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	u := unit{mark: mark, problems: r.problems}
	for _, d := range docs {
		r.site.docs[d.Path] = d
		u.paths = append(u.paths, d.Path)
	}
	r.site.units[key] = u
}

// seal makes documents of drafts, side by side because compression takes most of the time.
// A draft without a body was refused: the last good document stays.
func (r *run) seal(drafts []draft) []*Document {
	sealed := make([]*Document, len(drafts))
	var wg sync.WaitGroup
	for i, d := range drafts {
		last := r.last(d.path)
		if d.body == nil {
			sealed[i] = last
			continue
		}
		wg.Go(func() { sealed[i] = d.seal(last, r.stamp(d.path), r.in.At) })
	}
	wg.Wait()
	var docs []*Document
	for _, d := range sealed {
		if d != nil {
			docs = append(docs, d)
		}
	}
	return docs
}

// copyTo returns a document as it stands at another path. It has its own time there: what was
// there before may be newer than the document itself, and time must not go back for readers.
func (r *run) copyTo(path string, d *Document) *Document {
	return d.copyTo(path, r.stamp(path), r.in.At)
}

// stamp returns that of the newest document that was shown at a path. If the previous site is one
// that lay on disk, the store knows better: a newer one may have been shown after it.
func (r *run) stamp(path string) Stamp {
	stamp, ok := r.in.Stamps[path]
	last := r.last(path)
	if last == nil || ok && r.in.Previous.restored {
		return stamp
	}
	return Stamp{Hash: last.hash, Changed: last.Modified}
}

// last returns the document that the previous site had at a path, or nil.
func (r *run) last(path string) *Document {
	if r.in.Previous == nil {
		return nil
	}
	return r.in.Previous.docs[path]
}

// edition renders a feed in all its formats.
func (r *run) edition(sh *sheet, look *Look, menu []menuItem) []draft {
	sh.sign(r.site.seed)
	drafts := make([]draft, len(syntaxes)+1)
	var wg sync.WaitGroup
	wg.Go(func() { r.feed(sh, drafts) })
	wg.Go(func() {
		drafts[len(syntaxes)] = r.page(sh.path, look, func(look *Look) ([]byte, error) { return sh.html(r.settings, look, menu) })
	})
	wg.Wait()
	return drafts
}

// feed renders a feed in every syntax. If one is not valid, it tries once more with the texts
// that browsers would have to mend as plain text.
func (r *run) feed(sh *sheet, drafts []draft) {
	errs := r.syntaxes(sh, drafts)
	if cause := errors.Join(errs...); cause != nil && sh.mend(r.site.seed) {
		r.problem(Problem{Path: sh.path, Cause: cause, Mended: true})
		errs = r.syntaxes(sh, drafts)
	}
	for i, err := range errs {
		drafts[i] = r.checked(drafts[i], drafts[i].body, err)
	}
}

// syntaxes fills in a draft for each, and says what is wrong with it.
func (r *run) syntaxes(sh *sheet, drafts []draft) []error {
	errs := make([]error, len(syntaxes))
	var wg sync.WaitGroup
	for i := range syntaxes {
		wg.Go(func() {
			f := &syntaxes[i]
			d := draft{
				path: sh.path + f.extension, self: sh.self + f.extension, hub: sh.hub,
				mime: f.mime, policy: feedPolicy, age: time.Duration(sh.minutes) * time.Minute,
			}
			d.body, d.parts, errs[i] = f.write(sh, r.last(d.path))
			drafts[i] = d
		})
	}
	wg.Wait()
	return errs
}

// page renders a page. Where the operator's templates fail on what is there today, the last
// page stays; where there is none, ours takes its place.
func (r *run) page(path string, look *Look, write func(*Look) ([]byte, error)) draft {
	body, err := write(look)
	d := r.checked(draft{path: path, mime: typeHTML, policy: look.policy, age: pageAge}, body, err)
	if err != nil && r.last(path) == nil && look != ownLook() {
		own := ownLook()
		body, err := write(own)
		return r.checked(draft{path: path, mime: typeHTML, policy: own.policy, age: pageAge}, body, err)
	}
	return d
}

// Where the list of sources is: at an address of ours, which pages name as their blogroll, and
// where programs look that know only the name of the host. RSS does not name it: it would take
// the namespace http://source.scripting.com/, of which the W3C validator warns.
const (
	sourcesPath         = "/sources.opml"
	recommendationsPath = "/.well-known/recommendations.opml"
)

// sources renders the list of sources.
func (r *run) sources(blogs []Blog) draft {
	body, err := opml(r.settings.Title, blogs)
	if err == nil {
		err = (&syntax{check: valid.OPML}).hold(body, nil)
	}
	return r.checked(draft{path: sourcesPath, mime: typeOPML, policy: feedPolicy, age: time.Hour}, body, err)
}

// checked returns the draft with its body, or without one if something is wrong with it.
func (r *run) checked(d draft, body []byte, err error) draft {
	if err != nil {
		r.problem(Problem{Path: d.path, Cause: err})
		d.body = nil
		return d
	}
	d.body = body
	return d
}

func (r *run) problem(p Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, p)
}

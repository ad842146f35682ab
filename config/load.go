package config

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

// Options are what [Load] takes from its surroundings. The zero value takes it from the
// process.
type Options struct {
	// Getenv returns a variable of the environment, empty if there is none; nil is
	// [os.Getenv].
	Getenv func(string) string
	// StateDir is the folder that paths of [storage] and [server] are relative to. If it
	// is empty, $STATE_DIRECTORY is, and if that is empty, the config file's folder.
	StateDir string
	// ReadFile returns the content of a file; nil is the file system, with a limit.
	ReadFile func(path string) ([]byte, error)
}

// Load reads the config file at path and the files that it includes. The error is a
// [wiredesk.Problems] with everything that is wrong with any of them.
//
// The config comes back beside an error too, as far as it could be read, so that its
// expressions can be looked into and all mistakes told at once; it is nil only if the
// file could not be read at all. A config that came with an error must not be used.
func Load(path string, o Options) (*Config, error) {
	o = o.complete()
	if o.StateDir == "" {
		o.StateDir, _, _ = strings.Cut(o.Getenv("STATE_DIRECTORY"), ":")
	}
	r := &reader{getenv: o.Getenv, readFile: o.ReadFile, shapes: newShapes()}
	r.read(path, sourceKeys{})
	if len(r.files) == 0 {
		return nil, r.problems.Err()
	}
	b := &builder{shapes: r.shapes, problems: r.problems, unread: r.problems, incomplete: r.incomplete, stateDir: o.StateDir, readFile: o.ReadFile, dir: absolute(filepath.Dir(path))}
	b.file = b.merge(r.files)
	b.override(o.Getenv)
	c := b.build()
	c.Path, c.Files, c.patterns = path, r.names, r.patterns
	c.Warnings = slices.Concat(r.warnings, b.warnings)
	return c, unique(b.problems).Err()
}

// complete fills in what the zero value leaves to the process.
func (o Options) complete() Options {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.ReadFile == nil {
		o.ReadFile = readFile
	}
	return o
}

// unique drops what is said twice, as a mistake in [defaults] is for every source.
func unique(problems wiredesk.Problems) wiredesk.Problems {
	seen := map[wiredesk.Problem]bool{}
	return slices.DeleteFunc(problems, func(p wiredesk.Problem) bool {
		said := seen[p]
		seen[p] = true
		return said
	})
}

// A builder makes a config of what the files say.
type builder struct {
	shapes   *shapes
	file     *merged
	stateDir string
	readFile func(string) ([]byte, error)
	dir      string // of the main file, absolute
	// incomplete says that a file could not be read to its end, so that what seems to be
	// missing may stand there.
	incomplete bool
	unread     wiredesk.Problems // what could not be read
	problems   wiredesk.Problems
	warnings   wiredesk.Problems
}

func (b *builder) problem(at wiredesk.Position, what, hint string) {
	b.problems = append(b.problems, wiredesk.Problem{Position: at, What: what, Hint: hint})
}

func (b *builder) warn(at wiredesk.Position, what, hint string) {
	b.warnings = append(b.warnings, wiredesk.Problem{Position: at, What: what, Hint: hint})
}

// override takes in what the environment says in place of the files.
func (b *builder) override(getenv func(string) string) {
	for name, field := range map[string]*text{
		"WIREDESK_SERVER_LISTEN":   &b.file.Server.Listen,
		"WIREDESK_SERVER_BASE_URL": &b.file.Server.BaseURL,
		"WIREDESK_STORAGE_PATH":    &b.file.Storage.Path,
	} {
		if v := getenv(name); v != "" {
			*field = text{place: place{wiredesk.Position{File: "$" + name}}, s: v, raw: v}
		}
	}
}

func (b *builder) build() *Config {
	f := b.file
	c := &Config{
		Server:  b.server(&f.Server),
		Site:    b.site(&f.Site),
		Storage: Storage{Path: b.statePath(f.Storage.Path.s), Keep: f.Storage.Keep.d, KeepPublished: f.Storage.KeepPublished.d, MaxSize: f.Storage.MaxSize.n},
		Fetch:   b.fetch(&f.Fetch),
		Stories: Stories{Merge: f.Stories.Merge.on, Window: f.Stories.Window.d},
		Publish: b.publish(&f.Publish),
		Status:  Status{Token: b.token(&f.Status.Token)},
		Notify:  b.notify(&f.Notify),
		Lists:   b.lists(),
	}
	if f.Storage.Path.s == "" {
		b.problem(f.Storage.Path.at, "storage.path is empty", "a file name, such as wiredesk.db")
	}
	c.WebSub = b.websub(&f.WebSub, c.Server.BaseURL)
	c.Server.Socket = b.socket(&f.Server, c.Storage.Path)
	for _, p := range f.parts {
		p.template = b.template(p.defaults)
	}
	c.template = f.parts[0].template
	b.sources(c)
	b.readingLists(c)
	b.feeds(c)
	b.formerly(c)
	b.rules(c)
	return c
}

func (b *builder) site(t *siteTable) Site {
	s := Site{
		Title: cmp.Or(t.Title.s, "wiredesk"), Language: cmp.Or(t.Language.s, "en"), Home: t.Home.s,
		CSS: b.css(&t.CSS), Templates: b.templates(&t.Templates),
	}
	b.language("site.language", &t.Language)
	zone, err := time.LoadLocation(t.TimeZone.s)
	if err != nil {
		b.problem(t.TimeZone.at, "site.time_zone: there is no time zone "+t.TimeZone.show(), "such as UTC or Europe/Brussels")
		zone = time.UTC
	}
	s.TimeZone = zone
	return s
}

// statePath returns the absolute path of something that wiredesk writes.
func (b *builder) statePath(path string) string {
	if b.stateDir != "" {
		return absolute(beside(b.stateDir, path))
	}
	return beside(b.dir, path)
}

// beside returns path, which is relative to dir unless it is absolute.
func beside(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// absolute returns path as an absolute one, as far as the current folder is known.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

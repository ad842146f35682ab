package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An entry is what a reader says of one. A field that it keeps to itself is [untold].
type entry struct {
	ID, Title, Link string
	Published       string // RFC 3339, UTC
	Authors         string // names, joined by ", "
	Enclosures      string // addresses, joined by " "
}

const untold = "(untold)"

// A reader is a program that reads feeds. Its needs are commands, and its own package has
// them, but for those of scripts.
type reader struct {
	name, debian string
	needs        []string
	modules      string // of Python, for which there is no command
	formats      []string
	read         func(ctx context.Context, j *job) ([]entry, error)
}

// readers are all that we know how to ask.
var readers = []*reader{
	{name: "feedparser", debian: "python3-feedparser", needs: []string{python}, modules: "feedparser", formats: []string{"rss", "atom"}, read: readFeedparser},
	{name: "newsboat", debian: "newsboat", needs: []string{"newsboat", python}, formats: []string{"rss", "atom"}, read: readNewsboat},
	{name: "sfeed", debian: "sfeed", needs: []string{"sfeed"}, formats: []string{"rss", "atom"}, read: readSfeed},
	{name: "liferea", debian: "liferea xvfb xauth dbus", needs: []string{"liferea", "xvfb-run", "xauth", "dbus-run-session", python}, formats: []string{"rss", "atom"}, read: readLiferea},
	{name: "gpodder", debian: "python3-podcastparser", needs: []string{python}, modules: "podcastparser", formats: []string{"rss", "atom"}, read: readPodcastparser},
	{name: "rss2email", debian: "rss2email", needs: []string{"r2e"}, formats: []string{"rss", "atom"}, read: readRSS2Email},
	{name: "rsstail", debian: "rsstail", needs: []string{"rsstail"}, formats: []string{"rss", "atom"}, read: readRsstail},
	{name: "xml-feed", debian: "libxml-feed-perl", needs: []string{"perl"}, modules: "perl XML::Feed", formats: []string{"rss", "atom"}, read: readXMLFeed},
	{name: "elfeed", debian: "elpa-elfeed emacs-nox", needs: []string{"emacs"}, modules: "emacs elfeed", formats: []string{"rss", "atom"}, read: readElfeed},
}

// python is Debian's own, which has Debian's packages.
const python = "/usr/bin/python3"

// missing returns what the reader needs and is not there, or nothing.
func (r *reader) missing() string {
	for _, command := range r.needs {
		if _, err := exec.LookPath(command); err != nil {
			return command
		}
	}
	language, module, ok := strings.Cut(r.modules, " ")
	check := exec.Command(python, "-c", "import "+r.modules) //nolint:gosec,noctx // from our table, and it ends by itself
	switch {
	case r.modules == "":
		return ""
	case ok && language == "perl":
		check = exec.Command("perl", "-M"+module, "-e", "1") //nolint:gosec,noctx // from our table, and it ends by itself
	case ok && language == "emacs":
		if found, err := filepath.Glob(elfeedFolder); err != nil || len(found) == 0 {
			return module
		}
		return ""
	}
	if check.Run() != nil {
		return r.modules
	}
	return ""
}

// version returns that of the package in Debian, or nothing.
func (r *reader) version(ctx context.Context) string {
	first, _, _ := strings.Cut(r.debian, " ")
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f=${Version}", first).Output() //nolint:gosec // from our table
	if err != nil {
		return "(not from a package)"
	}
	return string(out)
}

// A job is one document for one reader: where it is served, and a folder for the reader alone.
type job struct{ format, url, dir string }

// command returns a command that has no home but the folder of the job.
func (j *job) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // readers by their names
	cmd.Dir = j.dir
	cmd.Env = append(os.Environ(), "HOME="+j.dir, "XDG_CONFIG_HOME="+j.dir+"/config", "XDG_CACHE_HOME="+j.dir+"/cache", "XDG_DATA_HOME="+j.dir+"/data",
		"LC_ALL=C.UTF-8", "TZ=UTC")
	return cmd
}

// lines runs a command that prints an entry in JSON on each line.
func (j *job) lines(cmd *exec.Cmd) ([]entry, error) {
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, &problem)
	}
	var entries []entry
	for line := range bytes.Lines(out) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%w in %s", err, line)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

package status

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"wiredesk"
)

// Bounds of what an event may say.
const (
	maxName  = 100 // characters of what a source is called
	maxText  = 300 // characters of what comes from outside in a sentence
	maxShown = 500 // characters of an address
)

// event returns an event of the source, without its words.
func (s *Source) event(kind wiredesk.EventKind, at time.Time) wiredesk.Event {
	return wiredesk.Event{
		ID: wiredesk.EventID(s.First, string(kind), at), At: at, Kind: kind,
		Source: s.ID, Name: plain(s.Wish.Name, maxName), Title: s.title(), URL: s.address(s.Wish.URL), Link: s.address(s.State.Channel.Link),
	}
}

func (s *Source) broken(since time.Time) wiredesk.Event {
	st := &s.State
	e := s.event(wiredesk.EventBroken, st.Polled)
	e.Headline = e.Title + " is broken"
	e.Text = fmt.Sprintf("It failed %d times in a row since %s: %s. What was published of it stays, and it is asked again by itself.",
		st.Failures, say(since), sentence(st.Problem))
	if st.Status == http.StatusUnauthorized || st.Status == http.StatusForbidden {
		e.Do = append(e.Do, wiredesk.Step{What: "if it wants a name and a password, write them into the config, then", Command: "wiredesk reload"})
	}
	e.Do = append(e.Do,
		wiredesk.Step{What: "see how it is now", Command: "wiredesk sources " + s.handle()},
		wiredesk.Step{What: "ask it once more", Command: "wiredesk source " + s.handle() + " poll"})
	e.Do = append(e.Do, s.leave("if it will not come back"))
	return e
}

func (s *Source) gone() wiredesk.Event {
	e := s.event(wiredesk.EventGone, s.State.Gone)
	e.Headline = e.Title + " is gone for good"
	e.Text = "Its origin says so (410), and it is not asked again. What was published of it stays."
	e.Do = []wiredesk.Step{
		s.leave("to take it out"),
		{What: "if that was a mistake", Command: "wiredesk source " + s.handle() + " poll"},
		{What: "look for its new address at its home page", Command: "wiredesk add " + word(cmp.Or(e.Link, e.URL)) + " --print"},
	}
	return e
}

func (s *Source) answers(since time.Time) wiredesk.Event {
	e := s.event(wiredesk.EventRecovered, s.State.Succeeded)
	e.Headline = e.Title + " is well again"
	e.Text = "It had failed since " + say(since) + "."
	return e
}

func (s *Source) moved() wiredesk.Event {
	to := s.address(s.MovedTo)
	e := s.event(wiredesk.EventMoved, s.State.Polled)
	if s.Waits {
		e.Headline = e.Title + " has moved to another domain"
		e.Text = fmt.Sprintf("Its origin says that it is at %s for good. Domains expire and are bought, so it is not asked there before you agree.", to)
		e.Do = []wiredesk.Step{
			{What: "if that is the same source", Command: "wiredesk source " + s.handle() + " confirm"},
			s.leave("if it is not"),
		}
		return e
	}
	e.Headline = e.Title + " has moved"
	e.Text = fmt.Sprintf("Its origin says that it is at %s for good, and it is asked there now.", to)
	e.Do = []wiredesk.Step{
		{What: fmt.Sprintf("write url = %q and formerly = [%q] into its block of the config, then", to, e.URL), Command: "wiredesk check && wiredesk reload"},
	}
	if s.Wish.Private { // neither address is to be shown
		e.Do[0].What = "write its new address, which wiredesk sources " + s.handle() + " shows, as url into its block of the config, and the old one as formerly, then"
	}
	if s.List != "" {
		e.Do = nil // it is the list's to follow
	}
	return e
}

func (s *Source) silent(since time.Time) wiredesk.Event {
	st := &s.State
	e := s.event(wiredesk.EventSilent, st.Succeeded)
	usual, _ := usualPause(&st.Rhythm)
	e.Headline = e.Title + " has gone silent"
	e.Text = fmt.Sprintf("It answers, but its last news is from %s, and it is hardly ever silent for more than %s.", say(since), days(usual))
	e.Do = []wiredesk.Step{
		{What: "see whether it has moved, at its home page", Command: "wiredesk add " + word(cmp.Or(e.Link, e.URL)) + " --print"},
		s.leave("if it has ended"),
	}
	return e
}

func (s *Source) speaks(since time.Time) wiredesk.Event {
	at := latest(s.State.Succeeded, s.State.Changed)
	e := s.event(wiredesk.EventRecovered, at)
	e.ID = wiredesk.EventID(s.First, "recovered silent", at) // it may be well again at the same moment
	e.Headline = e.Title + " has news again"
	e.Text = "It had been silent since " + say(since) + "."
	return e
}

func (s *Source) held(h wiredesk.Hold) wiredesk.Event {
	e := s.event(wiredesk.EventHeld, h.At)
	e.ID, e.Gate = wiredesk.EventID(s.First, "held "+string(h.Gate), h.At), h.Gate
	items := "1 item waits"
	if h.Items != 1 {
		items = fmt.Sprintf("%d items wait", h.Items)
	}
	e.Headline = fmt.Sprintf("%s: %s for you", e.Title, items)
	e.Text = fmt.Sprintf("Held by %s. Nothing of it is published before you decide.", sentence(h.Cause))
	e.Do = []wiredesk.Step{
		{What: "look at what is held", Command: "wiredesk items --held"},
		{What: "publish all of it", Command: "wiredesk release " + s.handle()},
		{What: "or none of it", Command: "wiredesk drop " + s.handle()},
	}
	return e
}

// leave is how to be rid of the source.
func (s *Source) leave(when string) wiredesk.Step {
	if s.List != "" {
		return wiredesk.Step{What: when + ", take it out of its reading list, or", Command: "wiredesk source " + s.handle() + " pause"}
	}
	return wiredesk.Step{What: when, Command: "wiredesk source " + s.handle() + " remove"}
}

// title returns what people call the source; never nothing.
func (s *Source) title() string {
	for _, t := range []string{s.Wish.Title, s.State.Channel.Title, s.Wish.Handle()} {
		if t = plain(t, maxName); t != "" {
			return t
		}
	}
	return "a source without a name"
}

// handle returns the word by which the command line knows the source.
func (s *Source) handle() string {
	return word(s.Wish.Handle())
}

// address returns an address as it may be shown: without credentials, and of a private source
// no more than its host, because such an address may be a secret as a whole.
func (s *Source) address(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "an address that cannot be read"
	case u.Scheme == "file":
	case s.Wish.Private:
		u = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	default:
		if u.User == nil {
			return plain(raw, maxShown)
		}
		u.User = nil
	}
	return plain(u.String(), maxShown)
}

// say returns a time as it stands in a sentence.
func say(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n > 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "a day"
}

// sentence returns words from outside as part of one.
func sentence(s string) string {
	return cmp.Or(strings.TrimRight(plain(s, maxText), " .:"), "it does not say why")
}

// plain returns a text in one line without anything that is not to be seen, of at most n
// characters.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, !unicode.IsPrint(r): // controls, and what turns text around
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// word returns a text as one word of a shell's command line, whatever is in it.
func word(s string) string {
	if s = plain(s, maxShown); s == "" {
		return "''"
	}
	if strings.Trim(s, letters+"0123456789_./:@%+=,-") != "" {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	if s[0] == '-' { // it would be taken for a flag
		return "-- " + s
	}
	return s
}

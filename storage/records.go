package storage

import (
	"encoding/binary"
	"slices"
	"time"

	"wiredesk"
)

// The shapes of values. Integer keys are never used again once they are out. Types that
// have the same fields as one of the root package convert to it and back: a field that is
// added there does not compile here until it has a key.

// moment is a time in milliseconds since 1970; 0 is the zero time.
type moment int64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixMilli())
}

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

type authorRecord struct {
	Name  string `cbor:"1,keyasint,omitempty"`
	Email string `cbor:"2,keyasint,omitempty"`
	URL   string `cbor:"3,keyasint,omitempty"`
}

type categoryRecord struct {
	Term   string `cbor:"1,keyasint,omitempty"`
	Scheme string `cbor:"2,keyasint,omitempty"`
	Label  string `cbor:"3,keyasint,omitempty"`
}

type enclosureRecord struct {
	URL      string        `cbor:"1,keyasint,omitempty"`
	Type     string        `cbor:"2,keyasint,omitempty"`
	Length   int64         `cbor:"3,keyasint,omitempty"`
	Duration time.Duration `cbor:"4,keyasint,omitempty"`
	Title    string        `cbor:"5,keyasint,omitempty"`
}

type originRecord struct {
	Title string `cbor:"1,keyasint,omitempty"`
	URL   string `cbor:"2,keyasint,omitempty"`
	Link  string `cbor:"3,keyasint,omitempty"`
	ID    string `cbor:"4,keyasint,omitempty"`
}

type podcastRecord struct {
	Duration    time.Duration `cbor:"1,keyasint,omitempty"`
	Episode     int           `cbor:"2,keyasint,omitempty"`
	Season      int           `cbor:"3,keyasint,omitempty"`
	EpisodeType string        `cbor:"4,keyasint,omitempty"`
	Explicit    string        `cbor:"5,keyasint,omitempty"`
	Image       string        `cbor:"6,keyasint,omitempty"`
	Subtitle    string        `cbor:"7,keyasint,omitempty"`
}

type itemRecord struct {
	Source     wiredesk.SourceID `cbor:"1,keyasint"`
	GUID       string            `cbor:"2,keyasint,omitempty"`
	Link       string            `cbor:"3,keyasint,omitempty"`
	Title      string            `cbor:"4,keyasint,omitempty"`
	Authors    []authorRecord    `cbor:"5,keyasint,omitempty"`
	Categories []categoryRecord  `cbor:"6,keyasint,omitempty"`
	Enclosures []enclosureRecord `cbor:"7,keyasint,omitempty"`
	Image      string            `cbor:"8,keyasint,omitempty"`
	Language   string            `cbor:"9,keyasint,omitempty"`
	Rights     string            `cbor:"10,keyasint,omitempty"`
	Comments   string            `cbor:"11,keyasint,omitempty"`
	External   string            `cbor:"12,keyasint,omitempty"`
	Origin     *originRecord     `cbor:"13,keyasint,omitempty"`
	Podcast    *podcastRecord    `cbor:"14,keyasint,omitempty"`
	Published  moment            `cbor:"15,keyasint,omitempty"`
	Updated    moment            `cbor:"16,keyasint,omitempty"`
	DateSaid   string            `cbor:"17,keyasint,omitempty"`
	Revised    moment            `cbor:"18,keyasint,omitempty"`
	Revisions  int               `cbor:"19,keyasint,omitempty"`
	Backlog    bool              `cbor:"20,keyasint,omitempty"`
	Gone       moment            `cbor:"21,keyasint,omitempty"`
	First      string            `cbor:"22,keyasint,omitempty"`
	Mark       uint64            `cbor:"23,keyasint,omitempty"`
	// Words is the identity of title and text, kept so that curation need not read
	// bodies to compare them.
	Words []byte `cbor:"24,keyasint,omitempty"`
	Size  int    `cbor:"25,keyasint,omitempty"`

	Withdrawn moment `cbor:"26,keyasint,omitempty"`
	License   string `cbor:"27,keyasint,omitempty"`
}

type bodyRecord struct {
	Summary string `cbor:"1,keyasint,omitempty"`
	Content string `cbor:"2,keyasint,omitempty"`
}

func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func recordOf(it *wiredesk.Item) itemRecord {
	r := itemRecord{
		Source: it.Source, GUID: it.GUID, Link: it.Link, Title: it.Title,
		Authors:    each(it.Authors, func(a wiredesk.Author) authorRecord { return authorRecord(a) }),
		Categories: each(it.Categories, func(c wiredesk.Category) categoryRecord { return categoryRecord(c) }),
		Enclosures: each(it.Enclosures, func(e wiredesk.Enclosure) enclosureRecord { return enclosureRecord(e) }),
		Image:      it.Image, Language: it.Language, Rights: it.Rights, License: it.License, Comments: it.Comments, External: it.External,
		Origin: (*originRecord)(it.Origin), Podcast: (*podcastRecord)(it.Podcast),
		Published: momentOf(it.Published), Updated: momentOf(it.Updated), DateSaid: it.DateSaid,
		Revised: momentOf(it.Revised), Revisions: it.Revisions, Backlog: it.Backlog, Gone: momentOf(it.Gone),
		First: it.First, Mark: it.Mark, Size: it.Size, Withdrawn: momentOf(it.Withdrawn),
	}
	if it.Words != (wiredesk.Identity{}) {
		r.Words = it.Words[:]
	}
	return r
}

func (r *itemRecord) item(id wiredesk.ItemID) wiredesk.Item {
	it := wiredesk.Item{
		ID: id, Source: r.Source, GUID: r.GUID, Link: r.Link, Title: r.Title,
		Authors:    each(r.Authors, func(a authorRecord) wiredesk.Author { return wiredesk.Author(a) }),
		Categories: each(r.Categories, func(c categoryRecord) wiredesk.Category { return wiredesk.Category(c) }),
		Enclosures: each(r.Enclosures, func(e enclosureRecord) wiredesk.Enclosure { return wiredesk.Enclosure(e) }),
		Image:      r.Image, Language: r.Language, Rights: r.Rights, License: r.License, Comments: r.Comments, External: r.External,
		Origin: (*wiredesk.Origin)(r.Origin), Podcast: (*wiredesk.Podcast)(r.Podcast),
		Published: r.Published.time(), Updated: r.Updated.time(), DateSaid: r.DateSaid,
		Seen: id.Seen(), Revised: r.Revised.time(), Revisions: r.Revisions, Backlog: r.Backlog, Gone: r.Gone.time(),
		First: r.First, Mark: r.Mark, Size: r.Size, Withdrawn: r.Withdrawn.time(),
	}
	copy(it.Words[:], r.Words)
	return it
}

type sourceRecord struct {
	URL    string `cbor:"1,keyasint"`
	Origin string `cbor:"2,keyasint"`
}

type hintsRecord struct {
	TTL       time.Duration `cbor:"1,keyasint,omitempty"`
	Update    time.Duration `cbor:"2,keyasint,omitempty"`
	SkipHours uint32        `cbor:"3,keyasint,omitempty"`
	SkipDays  uint8         `cbor:"4,keyasint,omitempty"`
}

type channelRecord struct {
	Format      string         `cbor:"1,keyasint,omitempty"`
	ID          string         `cbor:"2,keyasint,omitempty"`
	Title       string         `cbor:"3,keyasint,omitempty"`
	Link        string         `cbor:"4,keyasint,omitempty"`
	Self        string         `cbor:"5,keyasint,omitempty"`
	Description string         `cbor:"6,keyasint,omitempty"`
	Language    string         `cbor:"7,keyasint,omitempty"`
	Image       string         `cbor:"8,keyasint,omitempty"`
	Generator   string         `cbor:"9,keyasint,omitempty"`
	Rights      string         `cbor:"10,keyasint,omitempty"`
	Authors     []authorRecord `cbor:"11,keyasint,omitempty"`
	Hubs        []string       `cbor:"12,keyasint,omitempty"`
	Next        string         `cbor:"13,keyasint,omitempty"`
	Archive     string         `cbor:"14,keyasint,omitempty"`
	Hints       hintsRecord    `cbor:"15,keyasint,omitempty"`
	License     string         `cbor:"16,keyasint,omitempty"`
	Genre       string         `cbor:"17,keyasint,omitempty"`
}

type habitRecord struct {
	Hours []byte `cbor:"1,keyasint,omitempty"`
	Days  []byte `cbor:"2,keyasint,omitempty"`
	Last  moment `cbor:"3,keyasint,omitempty"`
}

type rhythmRecord struct {
	Pauses []uint16 `cbor:"1,keyasint,omitempty"` // without the zeros at the end
	Last   moment   `cbor:"2,keyasint,omitempty"`
}

type stateRecord struct {
	ETag         string        `cbor:"1,keyasint,omitempty"`
	LastModified string        `cbor:"2,keyasint,omitempty"`
	Body         uint64        `cbor:"3,keyasint,omitempty"`
	Validated    moment        `cbor:"4,keyasint,omitempty"`
	Reason       string        `cbor:"5,keyasint,omitempty"`
	Polled       moment        `cbor:"6,keyasint,omitempty"`
	Succeeded    moment        `cbor:"7,keyasint,omitempty"`
	Changed      moment        `cbor:"8,keyasint,omitempty"`
	First        moment        `cbor:"9,keyasint,omitempty"`
	Failures     int           `cbor:"10,keyasint,omitempty"`
	Failing      moment        `cbor:"11,keyasint,omitempty"`
	Problem      string        `cbor:"12,keyasint,omitempty"`
	Status       int           `cbor:"13,keyasint,omitempty"`
	Gone         moment        `cbor:"14,keyasint,omitempty"`
	Paused       bool          `cbor:"15,keyasint,omitempty"`
	Location     string        `cbor:"16,keyasint,omitempty"`
	Moved        int           `cbor:"17,keyasint,omitempty"`
	Polls        uint64        `cbor:"18,keyasint,omitempty"`
	Conditional  uint64        `cbor:"19,keyasint,omitempty"`
	NotModified  uint64        `cbor:"20,keyasint,omitempty"`
	Bytes        uint64        `cbor:"21,keyasint,omitempty"`
	Items        uint64        `cbor:"22,keyasint,omitempty"`
	Channel      channelRecord `cbor:"23,keyasint,omitempty"`
	// Before there was Shown, its numbers were here: mark, item, mark, item, …
	Present     []uint64      `cbor:"24,keyasint,omitempty"`
	Answered    string        `cbor:"25,keyasint,omitempty"`
	Asked       string        `cbor:"26,keyasint,omitempty"`
	Quiet       moment        `cbor:"27,keyasint,omitempty"`
	Reading     string        `cbor:"28,keyasint,omitempty"`
	PushedUntil moment        `cbor:"29,keyasint,omitempty"`
	Untold      int           `cbor:"30,keyasint,omitempty"`
	Caches      bool          `cbor:"40,keyasint,omitempty"`
	Habit       *habitRecord  `cbor:"41,keyasint,omitempty"`
	Confirmed   string        `cbor:"42,keyasint,omitempty"`
	Missed      moment        `cbor:"43,keyasint,omitempty"`
	Gap         string        `cbor:"44,keyasint,omitempty"`
	Hurry       int           `cbor:"45,keyasint,omitempty"`
	Shortest    time.Duration `cbor:"46,keyasint,omitempty"`
	Shown       presences     `cbor:"47,keyasint,omitempty"`
	Rhythm      *rhythmRecord `cbor:"48,keyasint,omitempty"`
}

// presences are what a document shows, each as two numbers of eight bytes, big endian: mark
// and item. As numbers of CBOR they took most of the time in which a state is read, and a
// state is read twice for each poll.
type presences []byte

func presencesOf(list []wiredesk.Presence) presences {
	out := make(presences, 0, 16*len(list))
	for _, p := range list {
		out = binary.BigEndian.AppendUint64(out, p.Mark)
		out = binary.BigEndian.AppendUint64(out, uint64(p.Item))
	}
	return out
}

func (p presences) list() []wiredesk.Presence {
	if len(p) == 0 {
		return nil
	}
	out := make([]wiredesk.Presence, 0, len(p)/16)
	for ; len(p) >= 16; p = p[16:] {
		out = append(out, wiredesk.Presence{Mark: binary.BigEndian.Uint64(p), Item: wiredesk.ItemID(binary.BigEndian.Uint64(p[8:]))})
	}
	return out
}

func stateRecordOf(st *wiredesk.SourceState) stateRecord {
	c := st.Channel
	r := stateRecord{
		ETag: st.ETag, LastModified: st.LastModified, Body: st.Body, Validated: momentOf(st.Validated), Reason: st.Reason,
		Polled: momentOf(st.Polled), Succeeded: momentOf(st.Succeeded), Changed: momentOf(st.Changed), First: momentOf(st.First),
		Failures: st.Failures, Failing: momentOf(st.Failing), Problem: st.Problem, Status: st.Status,
		Gone: momentOf(st.Gone), Paused: st.Paused, Location: st.Location, Moved: st.Moved, Confirmed: st.Confirmed,
		Missed: momentOf(st.Missed), Gap: st.Gap, Hurry: st.Hurry, Shortest: st.Shortest,
		Answered: st.Answered, Asked: st.Asked, Quiet: momentOf(st.Quiet), Reading: st.Reading, Caches: st.Caches,
		PushedUntil: momentOf(st.PushedUntil), Untold: st.Untold,
		Polls: st.Polls, Conditional: st.Conditional, NotModified: st.NotModified, Bytes: st.Bytes, Items: st.Items,
		Channel: channelRecord{
			Format: c.Format, ID: c.ID, Title: c.Title, Link: c.Link, Self: c.Self, Description: c.Description,
			Language: c.Language, Image: c.Image, Generator: c.Generator, Rights: c.Rights, License: c.License, Genre: c.Genre,
			Authors: each(c.Authors, func(a wiredesk.Author) authorRecord { return authorRecord(a) }),
			Hubs:    c.Hubs, Next: c.Next, Archive: c.Archive, Hints: hintsRecord(c.Hints),
		},
	}
	if h := st.Habit; !h.Last.IsZero() {
		r.Habit = &habitRecord{Hours: h.Hours[:], Days: h.Days[:], Last: momentOf(h.Last)}
	}
	if h := st.Rhythm; !h.Last.IsZero() {
		n := slices.Index(h.Pauses[:], 0)
		if n < 0 {
			n = len(h.Pauses)
		}
		r.Rhythm = &rhythmRecord{Pauses: h.Pauses[:n], Last: momentOf(h.Last)}
	}
	r.Shown = presencesOf(st.Present)
	return r
}

func (r *stateRecord) state() wiredesk.SourceState {
	c := r.Channel
	st := wiredesk.SourceState{
		ETag: r.ETag, LastModified: r.LastModified, Body: r.Body, Validated: r.Validated.time(), Reason: r.Reason,
		Polled: r.Polled.time(), Succeeded: r.Succeeded.time(), Changed: r.Changed.time(), First: r.First.time(),
		Failures: r.Failures, Failing: r.Failing.time(), Problem: r.Problem, Status: r.Status,
		Gone: r.Gone.time(), Paused: r.Paused, Location: r.Location, Moved: r.Moved, Confirmed: r.Confirmed,
		Missed: r.Missed.time(), Gap: r.Gap, Hurry: r.Hurry, Shortest: r.Shortest,
		Answered: r.Answered, Asked: r.Asked, Quiet: r.Quiet.time(), Reading: r.Reading, Caches: r.Caches,
		PushedUntil: r.PushedUntil.time(), Untold: r.Untold,
		Polls: r.Polls, Conditional: r.Conditional, NotModified: r.NotModified, Bytes: r.Bytes, Items: r.Items,
		Channel: wiredesk.Channel{
			Format: c.Format, ID: c.ID, Title: c.Title, Link: c.Link, Self: c.Self, Description: c.Description,
			Language: c.Language, Image: c.Image, Generator: c.Generator, Rights: c.Rights, License: c.License, Genre: c.Genre,
			Authors: each(c.Authors, func(a authorRecord) wiredesk.Author { return wiredesk.Author(a) }),
			Hubs:    c.Hubs, Next: c.Next, Archive: c.Archive, Hints: wiredesk.Hints(c.Hints),
		},
	}
	if h := r.Habit; h != nil {
		copy(st.Habit.Hours[:], h.Hours)
		copy(st.Habit.Days[:], h.Days)
		st.Habit.Last = h.Last.time()
	}
	if h := r.Rhythm; h != nil {
		copy(st.Rhythm.Pauses[:], h.Pauses)
		st.Rhythm.Last = h.Last.time()
	}
	st.Present = r.Shown.list()
	for i := 0; i+1 < len(r.Present); i += 2 {
		st.Present = append(st.Present, wiredesk.Presence{Mark: r.Present[i], Item: wiredesk.ItemID(r.Present[i+1])})
	}
	return st
}

type assignmentRecord struct {
	Story wiredesk.ItemID `cbor:"1,keyasint"`
	By    wiredesk.Tie    `cbor:"2,keyasint,omitempty"`
	With  wiredesk.ItemID `cbor:"3,keyasint,omitempty"`
	Score float64         `cbor:"4,keyasint,omitempty"`
	On    string          `cbor:"5,keyasint,omitempty"`
	Event wiredesk.ItemID `cbor:"6,keyasint,omitempty"`

	EventScore float64 `cbor:"7,keyasint,omitempty"`
	EventOn    string  `cbor:"8,keyasint,omitempty"`
}

type faceRecord struct {
	Title    string `cbor:"1,keyasint,omitempty"`
	Site     string `cbor:"2,keyasint,omitempty"`
	Language string `cbor:"3,keyasint,omitempty"`
	At       moment `cbor:"4,keyasint,omitempty"`
}

type decisionRecord struct {
	At    moment          `cbor:"1,keyasint"`
	By    string          `cbor:"2,keyasint,omitempty"`
	Via   string          `cbor:"3,keyasint,omitempty"`
	Item  wiredesk.ItemID `cbor:"4,keyasint"`
	Feed  string          `cbor:"5,keyasint,omitempty"`
	Verb  string          `cbor:"6,keyasint"`
	Value string          `cbor:"7,keyasint,omitempty"`
}

type verdictRecord struct {
	Kind  wiredesk.VerdictKind `cbor:"1,keyasint"`
	At    moment               `cbor:"2,keyasint"`
	Cause string               `cbor:"3,keyasint,omitempty"`
}

type rowRecord struct {
	ID        string `cbor:"1,keyasint"`
	Published moment `cbor:"2,keyasint"`
	Place     moment `cbor:"3,keyasint"`
	Announced moment `cbor:"4,keyasint"`
	Page      int    `cbor:"5,keyasint,omitempty"`
}

type feedRecord struct {
	Born    moment `cbor:"1,keyasint"`
	Program string `cbor:"2,keyasint"`
	Since   moment `cbor:"3,keyasint"`
	Budget  moment `cbor:"4,keyasint,omitempty"`
	Window  int    `cbor:"5,keyasint,omitempty"`
	Wide    moment `cbor:"6,keyasint,omitempty"`
	Updated moment `cbor:"7,keyasint,omitempty"`
}

type ruleRecord struct {
	First moment `cbor:"1,keyasint"`
	Hit   moment `cbor:"2,keyasint,omitempty"`
}

type stampRecord struct {
	Hash    string `cbor:"1,keyasint"`
	Changed moment `cbor:"2,keyasint"`
}

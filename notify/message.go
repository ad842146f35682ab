package notify

import (
	"bytes"
	"encoding/json"
	"time"

	"wiredesk"
)

// message is an event as channels get it. Text says everything in words: what chat programs
// show of a message is usually called that.
type message struct {
	ID       string             `json:"id"`
	At       time.Time          `json:"at"`
	Kind     wiredesk.EventKind `json:"kind"`
	Gate     wiredesk.Gate      `json:"gate,omitempty"`
	Headline string             `json:"headline"`
	Text     string             `json:"text"`
	Source   messageSource      `json:"source"`
	Do       []messageStep      `json:"do"`
}

type messageSource struct {
	Name  string `json:"name,omitempty"`
	Title string `json:"title"`
	URL   string `json:"url"`
	Link  string `json:"link,omitempty"`
}

type messageStep struct {
	What    string `json:"what"`
	Command string `json:"command,omitempty"`
}

// Message returns an event as channels get it: one line of JSON, as docs/status.md says. The
// same event gives the same bytes.
func Message(e *wiredesk.Event) []byte {
	m := message{
		ID: e.ID, At: e.At.UTC(), Kind: e.Kind, Gate: e.Gate, Headline: e.Headline, Text: e.Headline + ". " + e.Text,
		Source: messageSource{Name: e.Name, Title: e.Title, URL: e.URL, Link: e.Link},
		Do:     make([]messageStep, len(e.Do)),
	}
	for i, step := range e.Do {
		m.Do[i] = messageStep(step)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)              // it is for programs, and for people who look at it
	if err := enc.Encode(m); err != nil { // texts and a time of our own: there is nothing to go wrong
		panic(err)
	}
	return b.Bytes()
}

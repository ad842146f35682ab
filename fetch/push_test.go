package fetch_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

// W-17: what was pushed before brings nothing when it comes again.
func TestReplay(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		first := pushed("two", "one")
		for _, body := range []string{first, pushed("three", "two", "one"), first, first} {
			h.publish(body)
			pass(time.Second)
		}
		d.wantNews(3)
		d.web.Handle("news.example/feed", origin.Feed(pushed("three", "two", "one")))
		pass(3 * 24 * time.Hour)
		d.wantNews(3)
	})
}

// W-18: a body that is too large, grows when it is decompressed, or comes byte by byte,
// costs a bounded amount and does no harm.
func TestBodiesAreBounded(t *testing.T) {
	src := source(feedURL)
	src.MaxBody = 1 << 20
	inDesk(t, []*wiredesk.Source{src}, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		form := h.first()
		callback, secret := form.Get("hub.callback"), form.Get("hub.secret")

		post := func(body io.Reader, length int64) (int, error) {
			req, _ := http.NewRequest(http.MethodPost, callback, body)
			req.ContentLength = length
			resp, err := h.client.Do(req)
			if err != nil {
				return 0, err
			}
			defer resp.Body.Close()
			return resp.StatusCode, nil
		}
		large := &endless{}
		if status, err := post(large, 1<<30); err == nil && status != http.StatusRequestEntityTooLarge || large.read.Load() > 4<<20 {
			t.Errorf("a GiB: %d, %v; %d bytes were sent", status, err, large.read.Load())
		}
		large = &endless{}
		if status, err := post(large, -1); err == nil && status != http.StatusRequestEntityTooLarge || large.read.Load() > 4<<20 {
			t.Errorf("no end: %d, %v; %d bytes were sent", status, err, large.read.Load())
		}
		started := time.Now()
		if status, err := post(&endless{pause: time.Second}, 1<<19); err == nil && status < 400 || time.Since(started) > time.Minute {
			t.Errorf("slow: %d, %v after %v", status, err, time.Since(started))
		}
		bomb := string(origin.Gzip([]byte(pushed("bomb") + strings.Repeat(" ", 8<<20))))
		if got := h.send(callback, bomb, sign("sha256", secret, bomb), "Content-Encoding", "gzip"); got != http.StatusAccepted {
			t.Errorf("a bomb: %d", got)
		}
		pass(time.Second)
		d.wantNews(1)
		h.publish(pushed("two"))
		pass(time.Second)
		d.wantNews(2)
	})
}

// An endless reader gives bytes without an end.
type endless struct {
	pause time.Duration
	read  atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.pause > 0 {
		time.Sleep(e.pause)
		p = p[:1]
	}
	for i := range p {
		p[i] = ' '
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

// W-20: a push and a poll of the same item at the same moment bring one item.
func TestPushAndPollAtOnce(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		for i := range 20 {
			body := pushed("new-"+string(rune('a'+i)), "one")
			d.web.Handle("news.example/feed", origin.Feed(body))
			d.poller.Ask(d.ids[0])
			h.publish(body)
			pass(time.Second)
			d.wantNews(2 + i)
		}
	})
}

// W-21: a push may hold what is new alone. Nothing leaves because it is not there.
func TestPartialPush(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one", "two")))
		pass(time.Minute)
		before := d.state(0)
		h.publish(pushed("three"))
		pass(time.Second)
		items, err := d.db.Items(t.Context(), 0, 100, false)
		if err != nil || len(items) != 3 {
			t.Fatalf("%d items, %v", len(items), err)
		}
		for _, it := range items {
			if !it.Gone.IsZero() {
				t.Errorf("%s left", it.Title)
			}
		}
		after := d.state(0)
		if len(after.Present) != 3 || after.ETag != before.ETag || after.Body != before.Body || !after.Due.Equal(before.Due) {
			t.Errorf("the push changed what polls learnt:\n%+v\n%+v", before, after)
		}
		// The same by a poll is nothing new, and is not held against the hub.
		d.web.Handle("news.example/feed", origin.Feed(pushed("three", "one", "two")))
		pass(26 * time.Hour)
		d.wantNews(3)
		if st := d.state(0); st.Untold != 0 {
			t.Errorf("untold %d", st.Untold)
		}
	})
}

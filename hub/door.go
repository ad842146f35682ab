package hub

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

const (
	maxForm     = 16 << 10 // bytes of a request
	maxCallback = 2 << 10  // bytes
	maxSecret   = 199      // bytes (WebSub section 5.1)

	// defaultLease is what is granted where no lease is asked for. Others are granted within
	// the bounds.
	defaultLease  = 10 * 24 * time.Hour
	shortestLease = time.Hour
	longestLease  = 30 * 24 * time.Hour
)

// ServeHTTP takes a request to subscribe or unsubscribe in (WebSub section 5.1): checked,
// written down, answered with 202 and verified after that. What is wrong with it is told in
// plain words; nothing that came is repeated.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, no := h.take(w, r)
	if no != nil {
		if no.wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(no.wait/time.Second)))
		}
		say(w, no.status, no.text)
		return
	}
	say(w, http.StatusAccepted, "this will be verified")
	_ = http.NewResponseController(w).Flush() // an answer that comes late is one all the same
	h.mu.Lock()
	defer h.mu.Unlock()
	h.consider(time.Now(), f)
	h.signal()
}

func say(w http.ResponseWriter, status int, text string) {
	head := w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// take returns the follower of a request once its intent is stored.
func (h *Hub) take(w http.ResponseWriter, r *http.Request) (*follower, *refusal) {
	form, no := readForm(w, r)
	if no != nil {
		return nil, no
	}
	k, intent, no := read(form)
	if no != nil {
		return nil, no
	}
	stored := make(chan error, 1)
	f, no := h.intend(k, intent, stored)
	if no != nil {
		return nil, no
	}
	select {
	case err := <-stored:
		if err == nil {
			return f, nil
		}
	case <-r.Context().Done():
	case <-h.save.ended:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.Asked == intent {
		h.withdraw(f)
	}
	return nil, &refusal{http.StatusServiceUnavailable, "this cannot be stored now", time.Minute}
}

func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		return nil, &refusal{status: http.StatusMethodNotAllowed, text: "this is a WebSub hub: subscriptions are made with POST, see https://www.w3.org/TR/websub/"}
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, text: "the body must be application/x-www-form-urlencoded"}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, &refusal{status: http.StatusRequestEntityTooLarge, text: "the request is too large"}
		}
		return nil, bad("the form cannot be read")
	}
	return r.PostForm, nil
}

func bad(text string) *refusal { return &refusal{status: http.StatusBadRequest, text: text} }

// read returns what a form asks for, and for whom. Parameters that we do not know are ignored.
func read(form url.Values) (k key, in *wiredesk.Intent, no *refusal) {
	k = key{topic: form.Get("hub.topic"), callback: form.Get("hub.callback")}
	in = &wiredesk.Intent{Secret: form.Get("hub.secret"), Lease: defaultLease}
	switch mode := form.Get("hub.mode"); mode {
	case "subscribe":
	case "unsubscribe":
		in.Unsubscribe = true
	case "publish":
		return k, nil, bad("this hub publishes its own feeds only")
	case "":
		return k, nil, bad("hub.mode is missing")
	default:
		return k, nil, bad("hub.mode must be subscribe or unsubscribe")
	}
	switch {
	case k.topic == "":
		return k, nil, bad("hub.topic is missing")
	case k.callback == "":
		return k, nil, bad("hub.callback is missing")
	case !soundCallback(k.callback):
		return k, nil, bad("hub.callback must be an absolute http or https address without user name and fragment, of 2048 ASCII characters at most")
	case len(in.Secret) > maxSecret:
		return k, nil, bad("hub.secret must be shorter than 200 bytes")
	}
	if asked := form.Get("hub.lease_seconds"); asked != "" && !in.Unsubscribe {
		seconds, ok := leaseSeconds(asked)
		if !ok {
			return k, nil, bad("hub.lease_seconds must be a number of seconds")
		}
		in.Lease = time.Duration(seconds) * time.Second
	}
	return k, in, nil
}

// leaseSeconds reads a positive number, however large, and brings it into the bounds.
func leaseSeconds(asked string) (seconds int64, ok bool) {
	if strings.Trim(asked, "0123456789") != "" || strings.Trim(asked, "0") == "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(asked, 10, 64)
	if err != nil { // more than fits
		return int64(longestLease / time.Second), true
	}
	return min(max(seconds, int64(shortestLease/time.Second)), int64(longestLease/time.Second)), true
}

func soundCallback(callback string) bool {
	if len(callback) > maxCallback || strings.ContainsFunc(callback, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return false
	}
	u, err := url.Parse(callback)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && !strings.Contains(callback, "#")
}

// intend writes down what somebody asked for. Stored is told when it is on disk.
func (h *Hub) intend(k key, in *wiredesk.Intent, stored chan error) (*follower, *refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	topic, f := h.topics[k.topic], h.followers[k]
	switch {
	case !h.known:
		return nil, &refusal{http.StatusServiceUnavailable, "not ready yet", 10 * time.Second}
	case len(h.topics) == 0 && f == nil:
		return nil, &refusal{status: http.StatusNotFound, text: "there is no hub here"}
	case topic == nil && (f == nil || !in.Unsubscribe):
		return nil, bad("hub.topic is not a feed of ours: it must be what the feed names as rel=self")
	}
	name := h.o.SiteOf(k.callback)
	if no := h.admit(now, name, f != nil, f != nil && !f.Until.IsZero()); no != nil {
		return nil, no
	}
	in.At = now
	if topic != nil {
		in.Told = topic.Version
	}
	if f == nil {
		f = h.add(k.topic, k.callback)
	}
	if f.Asked == nil {
		h.pending++
	}
	f.Asked = in
	h.save.changed(k)
	h.save.await(stored)
	return f, nil
}

package publish_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A browser is Chromium without a window, with one tab. It knows no host but 127.0.0.1.
type browser struct {
	t   *testing.T
	tab context.Context //nolint:containedctx // it is how chromedp names a tab

	mu       sync.Mutex
	errors   []string // of the console, but for pictures that are not there
	requests []*network.EventRequestWillBeSent
}

// A screen is what a page is looked at on.
type screen struct {
	width, height int64
	scheme        string // "light" or "dark"
}

// String returns the screen in words.
func (s screen) String() string { return fmt.Sprintf("%d-%s", s.width, s.scheme) }

// openBrowser starts Chromium, or skips the test where there is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed (Debian package chromium)")
	}
	o := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	if os.Geteuid() == 0 { // Chromium has no sandbox for root
		o = append(o, chromedp.NoSandbox)
	}
	b := &browser{t: t}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), o...)
	t.Cleanup(stop)
	tab, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.heard))
	t.Cleanup(cancel)
	b.tab = tab
	tell(b, log.Enable, cdp.Empty{})
	tell(b, network.Enable, network.EnableParams{})
	return b
}

// heard takes in what the browser says.
func (b *browser) heard(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			b.errors = append(b.errors, e.Entry.Text)
		}
	}
}

// tell gives a command to the browser.
func tell[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.tab, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

// ask evaluates an expression in the page, which the page's own policy does not see.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.tab, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// show opens a page on a screen, with scripts switched off, and waits until all that it loads
// at once has come.
func (b *browser) show(address string, s screen) {
	b.t.Helper()
	b.mu.Lock()
	b.errors, b.requests = nil, nil
	b.mu.Unlock()
	tell(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.width < 600,
	})
	tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}}})
	tell(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open(address)
}

// open goes to an address.
func (b *browser) open(address string) *network.Response {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, time.Minute)
	defer cancel()
	r, err := chromedp.Run(ctx, chromedp.NavigateResponse(address))
	if err != nil {
		b.t.Fatalf("%s: %v", address, err)
	}
	return r
}

// elsewhere returns what the page asked of other hosts than its own, and what kind of thing that was.
func (b *browser) elsewhere(own string) (found []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	home, _ := url.Parse(own)
	for _, r := range b.requests {
		u, err := url.Parse(r.Request.URL)
		if err == nil && (u.Host == home.Host || u.Scheme == "data") {
			continue
		}
		found = append(found, fmt.Sprintf("%s %s", r.Type, r.Request.URL))
	}
	return found
}

// complaints returns what the console said was wrong.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.errors)
}

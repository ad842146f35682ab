//go:build !race

package fetch_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"wiredesk/fetch"
)

// The budget of a hostile document, in multiples of what a plain feed of the same size takes.
const (
	budgetCPU    = 6
	budgetMemory = 6
)

// cost is what reading a document took: time of this thread, and bytes that were allocated.
func cost(t *testing.T, body []byte) (cpu time.Duration, memory uint64) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(1, &u); err != nil { // RUSAGE_THREAD
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := used()
	_, _ = fetch.Parse(body, fetch.ParseOptions{URL: "https://example.org/feed", Now: now})
	cpu = used() - began
	runtime.ReadMemStats(&after)
	return cpu, after.TotalAlloc - before.TotalAlloc
}

// S-19 to S-21: whatever a document is made of, reading it takes no more than a stated multiple
// of what a plain feed of the same size takes. It runs alone: memory is that of the process. With
// the race detector it would take a minute: .ci/run has it run without.
func TestHostileDocumentsStayInBudget(t *testing.T) {
	const size = 4 << 20
	fill := func(head, piece, tail string) []byte {
		return []byte(head + strings.Repeat(piece, (size-len(head)-len(tail))/len(piece)) + tail)
	}
	channel, end := "<rss version='2.0'><channel><title>t</title>", "</channel></rss>"
	item, after := channel+"<item><guid>1</guid><description>", "</description></item>"+end
	text := strings.Repeat("Some words of a text that is neither short nor long. ", 40)
	var plain strings.Builder
	plain.WriteString(channel)
	for n := 0; plain.Len() < size; n++ {
		fmt.Fprintf(&plain, "<item><guid>%d</guid><title>Title %d</title><link>https://example.org/%d</link><description>&lt;p&gt;%s&lt;/p&gt;</description></item>", n, n, n, text)
	}
	plain.WriteString(end)
	usualCPU, usualMemory := cost(t, []byte(plain.String()))
	for range 2 {
		cpu, memory := cost(t, []byte(plain.String()))
		usualCPU, usualMemory = max(usualCPU, cpu), max(usualMemory, memory)
	}
	var namespaces, entities strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&namespaces, `<x xmlns:n%d="u%d" n%d:a="b">`, n, n, n)
		fmt.Fprintf(&entities, `<!ENTITY e%d "&e%d;&e%d;">`, n+1, n, n)
	}
	for name, body := range map[string][]byte{
		"nested elements":       fill(channel, "<a>", ""),
		"nested in an item":     fill(item, "<a>", after),
		"nested in CDATA":       fill(item+"<![CDATA[", "<div>", "]]>"+after),
		"nested escaped":        fill(item, "&lt;b&gt;", after),
		"open tags":             fill(item+"<![CDATA[", "<a href=x ", "]]>"+after),
		"open brackets":         fill(item+"<![CDATA[", "<", "]]>"+after),
		"open comments":         fill(item+"<![CDATA[", "<!--", "]]>"+after),
		"references":            fill(item, "&#", after),
		"references of nothing": fill(item, "&amp;x", after),
		"attributes":            fill(item+"<b ", "a='b' ", ">x</b>"+after),
		"attributes of HTML":    fill(item+"<![CDATA[<b ", "a='b' ", ">x</b>]]>"+after),
		"namespaces":            []byte(item + namespaces.String() + after),
		"entities":              []byte("<!DOCTYPE rss [" + entities.String() + "]>" + item + "&e20000;" + after),
		"empty items":           fill(channel, "<item/>", end),
		"small items":           fill(channel, "<item><title>x</title></item>", end),
		"items in items":        fill(channel, "<item>", end),
		"a long title":          fill(channel+"<item><title>", "word ", "</title></item>"+end),
		"enclosures":            fill(channel+"<item>", "<enclosure url='https://example.org/x'/>", "</item>"+end),
		"categories":            fill(channel+"<item>", "<category>x</category>", "</item>"+end),
		"CDATA pieces":          fill(item, "<![CDATA[a]]>", after),
		"tables":                fill(item+"<![CDATA[", "<table><tr><td>", "]]>"+after),
		"misnested":             fill(item+"<![CDATA[", "<b><i></b></i><p>", "]]>"+after),
		"formatting":            fill(item+"<![CDATA[", "<font><b><i><u>x<p>", "]]>"+after),
		"links":                 fill(item+"<![CDATA[", "<a href=https://example.org/?utm_source=a&b=c>x</a>", "]]>"+after),
		"srcset":                fill(item+"<![CDATA[<img srcset='", "a.png 1x, ", "'>]]>"+after),
		"json nested":           fill(`{"version":"https://jsonfeed.org/version/1","items":`, "[", ""),
		"json objects":          fill(`{"version":"https://jsonfeed.org/version/1","items":`, `{"a":`, ""),
		"json items":            fill(`{"version":"https://jsonfeed.org/version/1","title":"t","items":[`, `{"id":"1"},`, `{}]}`),
		"json strings":          fill(`{"version":"https://jsonfeed.org/version/1","title":"t","items":[{"id":"`, `\u0041\"`, `"}]}`),
		"a page":                fill("<html><body>", "<a href=x>", ""),
		"zeros":                 fill("", "\x00", ""),
		"high bytes":            fill("", "\xff\xfe\x80", ""),
		"percent":               fill(channel+"<item><link>https://example.org/", "%", "</link></item>"+end),
		"dates":                 fill(channel+"<item>", "<pubDate>99 Foo 9999 99:99</pubDate>", "</item>"+end),
	} {
		cpu, memory := cost(t, body)
		for range 3 { // once more: it may have had to collect the garbage of others
			if cpu > usualCPU*budgetCPU {
				again, _ := cost(t, body)
				cpu = min(cpu, again)
			}
		}
		t.Logf("%-22s %5.2f of the time, %5.2f of the memory of a plain feed", name, float64(cpu)/float64(usualCPU), float64(memory)/float64(usualMemory))
		if cpu > usualCPU*budgetCPU || memory > usualMemory*budgetMemory {
			t.Errorf("%s: %v and %d MiB, a plain feed takes %v and %d MiB", name, cpu, memory>>20, usualCPU, usualMemory>>20)
		}
	}
}

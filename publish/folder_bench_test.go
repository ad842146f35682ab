package publish_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/smalldisk"
	"wiredesk/publish"
)

// BenchmarkFolder writes a feed that changed, alone and beside many that did not.
func BenchmarkFolder(b *testing.B) {
	for _, others := range []int{0, 250} { // each of them 4 documents in 4 codings
		b.Run(fmt.Sprint(others, " others"), func(b *testing.B) {
			in := input()
			in.Editions = in.Editions[:1]
			in.Editions[0].Entries[0].Item.Content = strings.Repeat("<p>Something worth reading.</p>", 500)
			for i := range others {
				other := in.Editions[0]
				other.Feed.Name = fmt.Sprintf("other-%d", i)
				in.Editions = append(in.Editions, other)
			}
			site := render(b, in)
			f, err := publish.OpenFolder(smalldisk.New(b, 1<<30))
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := f.Write(site); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				in.Previous, in.At = site, in.At.Add(time.Minute)
				in.Editions[0].Entries = []wiredesk.Entry{article()}
				in.Editions[0].Entries[0].Item.Content = strings.Repeat("<p>Something worth reading.</p>", 500+i%2)
				site = render(b, in)
				b.StartTimer()
				if n, _, err := f.Write(site); n == 0 || n > 5*4 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

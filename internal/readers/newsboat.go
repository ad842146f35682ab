package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const newsboatScript = `
for guid, title, url, date, author, enclosure in db.execute("select guid, title, url, pubDate, author, enclosure_url from rss_item"):
    print(json.dumps(dict(ID=guid, Title=title, Link=url, Published=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date)), Authors=author, Enclosures=enclosure)))
`

func readNewsboat(ctx context.Context, j *job) ([]entry, error) {
	urls, cache := filepath.Join(j.dir, "urls"), filepath.Join(j.dir, "cache.db")
	if err := os.WriteFile(urls, []byte(j.url+"\n"), 0o600); err != nil {
		return nil, err
	}
	if out, err := j.command(ctx, "newsboat", "-u", urls, "-c", cache, "-C", os.DevNull, "-x", "reload").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return j.sqlite(ctx, cache, newsboatScript)
}

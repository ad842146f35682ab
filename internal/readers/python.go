package main

import "context"

const feedparserScript = `
import sys, json, time, feedparser
d = feedparser.parse(sys.argv[1])
assert not d.bozo, d.bozo_exception
for e in d.entries:
    print(json.dumps(dict(
        ID=e.id, Title=e.get("title", ""), Link=next((l.href for l in e.get("links", []) if l.rel == "alternate"), ""),
        Published=time.strftime("%Y-%m-%dT%H:%M:%SZ", e.published_parsed),
        Authors=", ".join(a.get("name", "") for a in e.get("authors", [])), Enclosures=" ".join(x.href for x in e.get("enclosures", [])))))
`

func readFeedparser(ctx context.Context, j *job) ([]entry, error) {
	return j.lines(j.command(ctx, python, "-c", feedparserScript, j.url))
}

const podcastparserScript = `
import sys, json, time, urllib.request, podcastparser
d = podcastparser.parse(sys.argv[1], urllib.request.urlopen(sys.argv[1]))
for e in d["episodes"]:
    print(json.dumps(dict(
        ID=e["guid"], Title=e["title"], Link=e["link"], Published=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(e["published"])),
        Authors="(untold)", Enclosures=" ".join(x["url"] for x in e["enclosures"]))))
`

// readPodcastparser asks what gPodder reads podcasts with.
func readPodcastparser(ctx context.Context, j *job) ([]entry, error) {
	return j.lines(j.command(ctx, python, "-c", podcastparserScript, j.url))
}

// sqlite asks a database of a reader. The script prints entries of the rows.
func (j *job) sqlite(ctx context.Context, file, script string) ([]entry, error) {
	return j.lines(j.command(ctx, python, "-c", "import sys, json, time, sqlite3\ndb = sqlite3.connect(sys.argv[1])\n"+script, file))
}

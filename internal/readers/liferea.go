package main

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const lifereaScript = `
rows = db.execute("select item_id, source_id, title, source, date from items").fetchall()
for item, guid, title, source, date in rows:
    meta = lambda *keys: [v for (v,) in db.execute("select value from metadata where item_id = ? and key in (%s) order by nr" % ",".join("?" * len(keys)), (item, *keys))]
    print(json.dumps(dict(ID=guid, Title=title or "", Link=source or "", Published=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date)),
        Authors=", ".join(meta("author", "creator")), Enclosures=" ".join(e.split(":", 4)[4] for e in meta("enclosure")))))
`

// readLiferea starts the desktop program on a display that nobody sees, subscribed to the
// feed, and looks into its database until the entries are there.
func readLiferea(ctx context.Context, j *job) ([]entry, error) {
	config := filepath.Join(j.dir, "config", "liferea")
	if err := os.MkdirAll(config, 0o700); err != nil {
		return nil, err
	}
	list := `<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>Liferea Feed List Export</title></head><body>` +
		`<outline title="feed" text="feed" description="feed" type="` + j.format + `" htmlUrl="" xmlUrl="` + html.EscapeString(j.url) + `" id="feedone" updateInterval="1"/></body></opml>`
	if err := os.WriteFile(filepath.Join(config, "feedlist.opml"), []byte(list), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := j.command(ctx, "dbus-run-session", "--", "xvfb-run", "-a", "liferea")
	cmd.Env = append(cmd.Env, "GSETTINGS_BACKEND=memory", "LIBGL_ALWAYS_SOFTWARE=1", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	entries, err := j.lifereaEntries(ctx)
	cancel()
	_ = cmd.Wait() // it was ended
	return entries, err
}

// lifereaEntries waits until as many entries are there as there were a second ago.
func (j *job) lifereaEntries(ctx context.Context) ([]entry, error) {
	db := filepath.Join(j.dir, "data", "liferea", "liferea.db")
	last, err := []entry(nil), error(nil)
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no entries came: %w, %w", ctx.Err(), err)
		case <-time.After(time.Second):
		}
		if _, missing := os.Stat(db); missing != nil {
			continue
		}
		var entries []entry
		if entries, err = j.sqlite(ctx, db, lifereaScript); err == nil && len(entries) > 0 && len(entries) == len(last) {
			return entries, nil
		}
		last = entries
	}
}

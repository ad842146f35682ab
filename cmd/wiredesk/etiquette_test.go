package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEtiquetteCounts(t *testing.T) { // P-56
	now := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	a := etiquetteOf(&wiredesk.SourceState{
		Polls: 100, Conditional: 90, NotModified: 80, Bytes: 10_000, Items: 20, First: now.Add(-10 * 24 * time.Hour), Shortest: time.Hour,
	}, now)
	b := etiquetteOf(&wiredesk.SourceState{Polls: 1, Bytes: 2000, First: now.Add(-time.Hour)}, now)
	c := etiquetteOf(&wiredesk.SourceState{}, now)
	all := etiquetteRow{}
	for _, r := range []*etiquetteRow{&a, &b, &c} {
		all.add(r)
	}
	all.divide()
	want := []etiquetteRow{
		{Requests: 100, PerDay: 10, Conditional: 0.9, NotModified: 0.8, Bytes: 10_000, Items: 20, BytesPerItem: 500, ShortestSeconds: 3600},
		{Requests: 1, Bytes: 2000},
		{},
		{Requests: 101, PerDay: 10, Conditional: 90. / 101, NotModified: 80. / 101, Bytes: 12_000, Items: 20, BytesPerItem: 600, ShortestSeconds: 3600},
	}
	if diff := cmp.Diff(want, []etiquetteRow{a, b, c, all}, cmpopts.IgnoreUnexported(etiquetteRow{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEtiquetteIsTold(t *testing.T) {
	web := origin.New()
	defer web.Close()
	dir, _ := listening(t, web, "[[source]]\nname = \"a\"\nurl = \"http://#/a\"\n[[source]]\nname = \"b\"\nurl = \"http://#/b\"\n")
	tagged := origin.Feed(origin.RSS("A", "x", "y"))
	tagged.ETag = `"1"`
	web.Handle("*/a", tagged)
	web.Handle("*/b", origin.Feed(origin.RSS("B", "x", "y")))
	command(t, dir, "once", "--now")
	command(t, dir, "once", "--now")
	var reply etiquetteReply
	if err := json.Unmarshal([]byte(command(t, dir, "sources", "--etiquette", "--json")), &reply); err != nil {
		t.Fatal(err)
	}
	if len(reply.Sources) != 2 || reply.All.Requests != 4 || reply.All.Conditional != 0.25 || reply.Sources[0].NotModified != 0.5 || reply.All.Items != 4 {
		t.Errorf("%+v", reply)
	}
	table := command(t, dir, "sources", "--etiquette")
	for _, word := range []string{"SHORTEST INTERVAL", "50 %", "25 %", "all"} {
		if !strings.Contains(table, word) {
			t.Errorf("no %q in\n%s", word, table)
		}
	}
	if one := command(t, dir, "sources", "b", "--etiquette"); strings.Contains(one, "50 %") {
		t.Errorf("of b alone:\n%s", one)
	}
}

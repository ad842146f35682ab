package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk/internal/origin"
)

// command runs one command line in a folder with a config, and returns what it printed.
func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var out, said strings.Builder
	args = append(args, "--config", filepath.Join(dir, "wiredesk.toml"))
	if code := run(context.Background(), args, surroundings{stdout: &out, stderr: &said, getenv: func(string) string { return "" }}); code != exitDone {
		t.Fatalf("wiredesk %s: code %d\n%s", strings.Join(args, " "), code, said.String())
	}
	return out.String()
}

// listening writes a config of sources on one local origin and returns its folder and the
// origin's address; # in the text is that address.
func listening(t *testing.T, web *origin.Web, text string) (dir, at string) {
	t.Helper()
	at, err := web.Listen(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	text = "[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\n" + strings.ReplaceAll(text, "#", at)
	if err := os.WriteFile(filepath.Join(dir, "wiredesk.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, at
}

func TestAMoveIsConfirmedByHand(t *testing.T) { // P-48
	web := origin.New()
	defer web.Close()
	dir, at := listening(t, web, "[[source]]\nname = \"moving\"\nurl = \"http://#/old\"\n")
	port := at[strings.LastIndex(at, ":"):]
	place := fmt.Sprintf("http://localhost%s/new", port)
	web.Handle("*/old", origin.Redirect(http.StatusMovedPermanently, place))
	web.Handle("*/new", origin.Feed(origin.RSS("Moved", "a")))
	const waits = "waits for confirmation: wiredesk source moving confirm"
	for _, want := range []bool{false, true} {
		command(t, dir, "once", "--now")
		if got := command(t, dir, "sources"); strings.Contains(got, waits) != want {
			t.Errorf("told to confirm is not %t:\n%s", want, got)
		}
	}
	if got := command(t, dir, "source", "moving", "confirm"); !strings.Contains(got, "asked at "+place+" from now on") {
		t.Errorf("confirm said %s", got)
	}
	before := len(web.Requests())
	command(t, dir, "once", "--now")
	if rs := web.Requests()[before:]; len(rs) != 1 || rs[0].Host != "localhost"+port {
		t.Errorf("then asked %+v", rs)
	}
	if got := command(t, dir, "sources", "moving"); strings.Contains(got, waits) || !strings.Contains(got, place) {
		t.Errorf("afterwards:\n%s", got)
	}
}

func TestTwoSourcesThatAreOne(t *testing.T) { // P-51
	web := origin.New()
	defer web.Close()
	dir, _ := listening(t, web, "[[source]]\nname = \"old\"\nurl = \"http://#/old\"\n[[source]]\nname = \"new\"\nurl = \"http://#/new\"\n")
	web.Handle("*/old", origin.Redirect(http.StatusMovedPermanently, "/new"))
	web.Handle("*/new", origin.Feed(origin.RSS("Moved", "a")))
	command(t, dir, "once", "--now")
	command(t, dir, "once", "--now")
	before := len(web.Requests())
	command(t, dir, "once", "--now")
	if rs := web.Requests()[before:]; len(rs) != 1 || rs[0].URI != "/new" {
		t.Errorf("asked %+v", rs)
	}
	if got := command(t, dir, "sources"); !strings.Contains(got, "moved to where new is, which is asked for both") {
		t.Errorf("sources:\n%s", got)
	}
}

func TestMissedItemsAreTold(t *testing.T) {
	web := origin.New()
	defer web.Close()
	dir, _ := listening(t, web, "[[source]]\nname = \"fast\"\nurl = \"http://#/feed\"\n")
	web.Handle("*/feed", origin.Script(origin.Feed(origin.RSS("Fast", "a", "b")), origin.Feed(origin.RSS("Fast", "x", "y"))))
	for _, want := range []bool{false, true} {
		command(t, dir, "once", "--now")
		if got := command(t, dir, "sources"); strings.Contains(got, "items were missed 0s ago: nothing of the poll before was left") != want {
			t.Errorf("told of missed items is not %t:\n%s", want, got)
		}
	}
}

// What one source was told holds for all of its host, and who asks when they are next asked is
// told so; a round that leaves them alone changes nothing of it.
func TestAHostThatAskedForQuietIsTold(t *testing.T) { // P-40, P-41
	web := origin.New()
	defer web.Close()
	dir, at := listening(t, web, "[[source]]\nname = \"well\"\nurl = \"http://#/a\"\n[[source]]\nname = \"busy\"\nurl = \"http://#/b\"\n")
	config, err := os.OpenFile(filepath.Join(dir, "wiredesk.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(config, "[[source]]\nname = \"elsewhere\"\nurl = \"http://localhost%s/a\"\n", at[strings.LastIndex(at, ":"):])
	config.Close()
	web.Handle("*/a", origin.Feed(origin.RSS("Well", "a")))
	web.Handle("*/b", origin.Status(http.StatusServiceUnavailable).With("Retry-After", "7200"))
	for round := range 2 {
		command(t, dir, "once", "--now")
		var sources []sourceReply
		if err := json.Unmarshal([]byte(command(t, dir, "sources", "--json")), &sources); err != nil {
			t.Fatal(err)
		}
		for i, reason := range []string{"its host asked to be left alone", "asked to wait by Retry-After"} {
			if s := sources[i]; s.Reason != reason || time.Until(s.NextPoll) < 110*time.Minute {
				t.Errorf("round %d: %s is asked in %v: %s", round+1, s.Name, time.Until(s.NextPoll), s.Reason)
			}
		}
	}
}

// Bench measures what the goals of docs/performance.md are about, as ratios to a reference
// in the same run: make bench. An origin in a process of its own serves the sources on
// loopback, so that its work is not counted. -scale adds what takes minutes.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	origin := flags.Bool("origin", false, "be the origin")
	bare := flags.String("bare", "", "be a bare server of the document in that folder")
	site := flags.String("site", "", "be a server of a site that stays, or changes")
	listen := flags.String("listen", "", "where these two listen")
	sources := flags.Int("sources", 1000, "how many sources")
	rounds := flags.Int("rounds", 3, "how often polls are measured; the best counts")
	scale := flags.Bool("scale", false, "measure with 100,000 sources and a million items too")
	only := flags.String("only", "polls,growth,memory,hosts,hour,push,followers,serving,changing", "what to measure; hour needs -scale, serving needs wrk and nginx")
	seconds := flags.Int("seconds", 1, "how long each server is asked at a time")
	path := flags.String("cpuprofile", "", "where to write a profile of what -of names")
	of := flags.String("of", "cold", "what to profile: cold, again, unchanged, changed, growth10000 and so on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *origin:
		return serve(out)
	case *bare != "":
		return bareServer(*bare, *listen)
	case *site != "":
		return siteServer(*site, *listen)
	}
	o, err := startOrigin()
	if err != nil {
		return err
	}
	defer o.stop()
	profiled := profile{path: *path, of: *of}
	parts := strings.Split(*only, ",")
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"polls", func() error { return polls(out, o, *sources, *rounds, profiled) }},
		{"growth", func() error { return growth(out, *scale, profiled) }},
		{"memory", func() error { return memory(out, o, *scale) }},
		{"hosts", func() error { return hosts(out, o) }},
		{"push", func() error { return push(out) }},
		{"followers", func() error { return followers(out, 10_000) }},
		{"serving", func() error { return serving(out, o, *seconds) }},
		{"changing", func() error { return changing(out, *seconds) }},
		{"hour", func() error { return hour(out, o, *scale) }},
	} {
		if slices.Contains(parts, part.name) {
			if err := part.run(); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
		}
	}
	return nil
}

// row prints one line of the table.
func row(out io.Writer, what string, took, reference time.Duration, goal string) {
	fmt.Fprintf(out, "%-52s %10v %6.2f  goal %s\n", what, took.Round(time.Microsecond), float64(took)/float64(reference), goal)
}

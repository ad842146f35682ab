// Command agree compares how this project and python3-feedparser read the same feeds.
//
//	agree [-python PROGRAM] [-expect] [-v] FOLDER…
//
// It prints how often both agree on the number of entries and on title, link, id, date,
// author and enclosures of each, with the differences sorted into classes. With -expect
// it reads the folders as feedparser's own tests instead, and prints how many of their
// expectations hold, as far as they speak of something that we have.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/fetch"
)

//go:embed agree.py
var script string

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) } //nolint:forbidigo // this is the function main

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("agree", flag.ContinueOnError)
	flags.SetOutput(stderr)
	python := flags.String("python", "/usr/bin/python3", "the program that has the feedparser module")
	expect := flags.Bool("expect", false, "evaluate the expectations in the files")
	verbose := flags.Bool("v", false, "show differences")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		return 2
	}
	var read []reading
	for _, dir := range flags.Args() {
		found, err := readFolder(dir)
		if err != nil {
			fmt.Fprintln(stderr, "agree:", err)
			return 1
		}
		read = append(read, found...)
	}
	in, err := json.Marshal(read)
	if err != nil {
		fmt.Fprintln(stderr, "agree:", err)
		return 1
	}
	mode := "compare"
	if *expect {
		mode = "expect"
	}
	cmd := exec.CommandContext(ctx, *python, "-c", script, mode, fmt.Sprint(*verbose)) //nolint:gosec // the operator says which program
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), stdout, stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(stderr, "agree:", err)
		return 1
	}
	return 0
}

// A reading is one file as we read it.
type reading struct {
	Path        string
	ContentType string
	URL         string
	Error       string
	Channel     wiredesk.Channel
	Items       []wiredesk.Item
}

// received is the moment at which all files are read.
var received = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// readFolder reads every file below a folder that is meant to be a feed.
func readFolder(dir string) ([]reading, error) {
	var read []reading
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if err == nil && e.Name() == "output" {
				return fs.SkipDir
			}
			return err
		}
		switch filepath.Ext(path) {
		case ".xml", ".rss", ".atom", ".rdf", ".json", ".xml-not_tested":
		default:
			return nil
		}
		body, err := os.ReadFile(path) //nolint:gosec // a folder of the caller's own
		if err != nil {
			return err
		}
		read = append(read, readFile(path, body))
		return nil
	})
	if len(read) == 0 && err == nil {
		err = errors.New("no feeds in " + dir)
	}
	return read, err
}

var header = regexp.MustCompile(`(?mi)^\s*Header:\s*(Content-type|Content-Location):\s*(.*?)\s*$`)

func readFile(path string, body []byte) reading {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	r := reading{Path: abs, URL: "http://127.0.0.1:8097/tests/feed.xml"}
	for _, m := range header.FindAllSubmatch(body[:min(len(body), 2000)], -1) {
		if strings.EqualFold(string(m[1]), "content-type") {
			r.ContentType = string(m[2])
		} else {
			r.URL = string(m[2])
		}
	}
	doc, err := fetch.Parse(body, fetch.ParseOptions{URL: r.URL, ContentType: r.ContentType, Now: received})
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.Channel, r.Items = doc.Channel, doc.Items
	return r
}

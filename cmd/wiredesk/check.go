package main

import (
	"context"
	"fmt"
	"strings"
)

type checkCommand struct{}

// Help is shown by wiredesk check --help.
func (checkCommand) Help() string {
	return `Examples:
  wiredesk check
  wiredesk check --config new.toml && wiredesk reload

It reads the config as the daemon would and needs neither network nor database.
Exit code 2 means that something must be mended.`
}

// Run tells every mistake of the config, or what it says in short.
func (checkCommand) Run(_ context.Context, p *program) error {
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	warnings := []string{}
	for _, w := range cfg.Warnings {
		warnings = append(warnings, w.String())
	}
	if p.cli.JSON {
		return printJSON(p.stdout, map[string]any{
			"config": cfg.Path, "files": cfg.Files, "sources": len(cfg.Sources), "reading_lists": len(cfg.ReadingLists),
			"rules": len(cfg.Rules), "feeds": len(cfg.Feeds), "warnings": warnings,
		})
	}
	for _, w := range warnings {
		fmt.Fprintf(p.stderr, "wiredesk: warning: %s\n", printable(w))
	}
	fmt.Fprintf(p.stdout, "%s is sound: %s, %s, %s, %s\n", cfg.Path,
		count(len(cfg.Sources), "source"), count(len(cfg.ReadingLists), "reading list"), count(len(cfg.Rules), "rule"), count(len(cfg.Feeds), "feed"))
	return nil
}

func count(n int, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case strings.HasSuffix(word, "s"):
		word += "e"
	}
	return fmt.Sprintf("%d %ss", n, word)
}

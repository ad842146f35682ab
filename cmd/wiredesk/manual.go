package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type manualCommand struct{}

// Help is shown by wiredesk manual --help.
func (manualCommand) Help() string {
	return `Examples:
  wiredesk manual | man -l -
  wiredesk manual > /usr/local/share/man/man1/wiredesk.1

It is made of the same words as --help.`
}

// Run prints the man page.
func (manualCommand) Run(p *program, app *kong.Kong) error { return writeManual(p.stdout, app.Model) }

// writeManual writes the command line as a page of section 1, in the macros of man(7).
func writeManual(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	about, exits, _ := strings.Cut(app.Help, "\n\n")
	fmt.Fprintf(&b, ".TH WIREDESK 1 \"%s\" %s \"User Commands\"\n", versionDate(), quoted("wiredesk "+version()))
	section(&b, "NAME")
	b.WriteString("wiredesk \\- " + troff(strings.ToLower(strings.TrimSuffix(about, "."))) + "\n")
	section(&b, "SYNOPSIS")
	b.WriteString(".B wiredesk\n.I COMMAND\n[\\fIARGUMENT\\fR \\&...]\n[\\fIFLAG\\fR \\&...]\n")
	section(&b, "DESCRIPTION")
	b.WriteString("wiredesk polls feeds, stores what it saw, curates it by rules and by hand, and publishes feeds of its own.\n" +
		"The daemon is\n.BR \"wiredesk run\" ;\nother commands work beside it, and most work without it.\n")
	section(&b, "OPTIONS")
	for _, f := range app.Flags {
		manualFlag(&b, f)
	}
	section(&b, "COMMANDS")
	for _, c := range visible(app.Node) {
		manualCommandOf(&b, c)
	}
	section(&b, "EXIT STATUS")
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(exits, "Exit codes: "), "."), ", ") {
		code, words, _ := strings.Cut(part, " ")
		b.WriteString(".TP\n.B " + code + "\n" + troff(words) + "\n")
	}
	section(&b, "ENVIRONMENT")
	for _, e := range environment {
		b.WriteString(".TP\n.B " + e[0] + "\n" + troff(e[1]) + "\n")
	}
	section(&b, "FILES")
	b.WriteString(".TP\n.I /etc/wiredesk/wiredesk.toml\nThe config of the service.\n" +
		".TP\n.I /usr/share/doc/wiredesk/\nEvery key of the config (config.example.toml), and how to run it (docs/running.md).\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// environment are the variables that wiredesk reads.
var environment = [][2]string{
	{"WIREDESK_CONFIG", "The config file, where --config does not name one."},
	{"WIREDESK_SERVER_LISTEN, WIREDESK_SERVER_BASE_URL, WIREDESK_STORAGE_PATH", "In place of server.listen, server.base_url and storage.path of the config."},
	{"STATE_DIRECTORY", "The folder that relative paths of what wiredesk writes are in; systemd sets it."},
	{"NOTIFY_SOCKET, WATCHDOG_USEC", "Where and how often the service manager wants to hear how the daemon is; systemd sets them."},
}

func section(b *strings.Builder, title string) { b.WriteString(".SH " + title + "\n") }

func manualCommandOf(b *strings.Builder, c *kong.Node) {
	fmt.Fprintf(b, ".SS %s\n%s\n", quoted(strings.TrimPrefix(c.Summary(), "wiredesk ")), troff(c.Help))
	for _, a := range c.Positional {
		b.WriteString(".TP\n.I " + troff(strings.ToUpper(a.Name)) + "\n" + troff(a.Help) + "\n")
	}
	for _, f := range c.Flags {
		manualFlag(b, f)
	}
	if c.Detail == "" {
		return
	}
	// Examples are lines with blanks in front, which stay as they are; the rest is prose.
	example, begun := false, false
	for line := range strings.SplitSeq(c.Detail, "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case line == "":
			begun = false
			continue
		case indented && !example:
			b.WriteString(".PP\n.RS 4\n.nf\n")
		case !indented && example:
			b.WriteString(".fi\n.RE\n")
		}
		if !indented && !begun {
			b.WriteString(".PP\n")
		}
		example, begun = indented, !indented
		b.WriteString(troff(strings.TrimPrefix(line, "  ")) + "\n")
	}
	if example {
		b.WriteString(".fi\n.RE\n")
	}
}

func manualFlag(b *strings.Builder, f *kong.Flag) {
	if f.Hidden {
		return
	}
	b.WriteString(".TP\n")
	if f.Short != 0 {
		fmt.Fprintf(b, "\\fB\\-%c\\fR, ", f.Short)
	}
	b.WriteString("\\fB\\-\\-" + troff(f.Name) + "\\fR")
	if takesValue(f) {
		b.WriteString("=\\fI" + troff(strings.ToUpper(f.FormatPlaceHolder())) + "\\fR")
	}
	b.WriteString("\n" + troff(f.Help) + "\n")
}

// visible returns the commands that help shows.
func visible(n *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *kong.Node) bool { return c.Hidden })
}

func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// troff returns a text so that the formatter prints it as it is.
func troff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...", "→", `\(->`, "“", `\(lq`, "”", `\(rq`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

// quoted is troff as one argument of a macro.
func quoted(s string) string { return `"` + strings.ReplaceAll(troff(s), `"`, `\(dq`) + `"` }

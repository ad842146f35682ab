package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
)

// A commandLine is every command and flag.
type commandLine struct {
	Config  string `placeholder:"FILE" help:"Config file. Without it: $WIREDESK_CONFIG, wiredesk.toml here, wiredesk/wiredesk.toml in your config folder, /etc/wiredesk/wiredesk.toml."`
	JSON    bool   `name:"json" help:"Print JSON instead of a table."`
	Verbose bool   `short:"v" help:"Log every poll."`

	Run     runCommand     `cmd:"" help:"The daemon: poll, curate and publish until stopped."`
	Once    onceCommand    `cmd:"" help:"Poll what is due, build, exit. For cron."`
	Check   checkCommand   `cmd:"" help:"Is the config sound? All mistakes, with their positions."`
	Plan    planCommand    `cmd:"" help:"What the config in the file would change in the feeds. Exit code 3 if anything."`
	Reload  reloadCommand  `cmd:"" help:"Let the daemon read its config again, as SIGHUP does."`
	Explain explainCommand `cmd:"" help:"Why an item is, or is not, published."`
	Items   itemsCommand   `cmd:"" help:"The newest items and what became of them."`
	Rules   rulesCommand   `cmd:"" help:"Every rule, how often it applies and when it last did."`
	Sources sourcesCommand `cmd:"" help:"The sources, how they are and when they are asked next."`
	Source  sourceCommand  `cmd:"" help:"Pause, resume, poll, confirm or remove one source."`
	Hub     hubCommand     `cmd:"" help:"Who follows the feeds at the hub, and who waits for news of them."`
	Add     addCommand     `cmd:"" help:"Find the feed behind a page and add it to the config."`
	Import  importCommand  `cmd:"" help:"Add the feeds of an OPML file to the config."`
	Export  exportCommand  `cmd:"" help:"Print the sources as OPML."`
	Approve approveCommand `cmd:"" help:"Publish an item that is held, or was hidden."`
	Hide    hideCommand    `cmd:"" help:"Take an item's story out of the feeds."`
	Pin     pinCommand     `cmd:"" help:"Show an item's story at the top."`
	Unpin   unpinCommand   `cmd:"" help:"Take back a pin."`
	Note    noteCommand    `cmd:"" help:"Say something above an item's content."`
	Split   splitCommand   `cmd:"" help:"Make an item a story of its own."`
	Merge   mergeCommand   `cmd:"" help:"Make one story of two."`
	Release releaseCommand `cmd:"" help:"Publish what a gate holds, of an item or a whole source."`
	Drop    dropCommand    `cmd:"" help:"Never publish what is held, of an item or a whole source."`
	Undo    undoCommand    `cmd:"" help:"Take back the newest decision on an item."`
	Build   buildCommand   `cmd:"" help:"Write the site as static files."`
	Backup  backupCommand  `cmd:"" help:"Copy the database, also while the daemon runs."`
	Restore restoreCommand `cmd:"" help:"Put a copy in the place of the database."`
	Compact compactCommand `cmd:"" help:"Make the database file smaller, also while the daemon runs."`
	Doctor  doctorCommand  `cmd:"" help:"Is everything in order, and what to do if not?"`
	Health  healthCommand  `cmd:"" help:"Is the daemon well? For containers and monitors."`
	Version versionCommand `cmd:"" help:"Print the version."`

	Completion completionCommand `cmd:"" help:"Print completions for a shell."`
	Manual     manualCommand     `cmd:"" help:"Print the man page."`
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or config
	exitChange = 3 // plan found changes
)

// surroundings are what a command takes from its process.
type surroundings struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// A program is one run of a command.
type program struct {
	surroundings
	cli commandLine
	log *slog.Logger
}

// A hintedError is an error with a word on what to do about it.
type hintedError struct {
	error
	hint string
}

// Unwrap returns the error without its hint.
func (e hintedError) Unwrap() error { return e.error }

// Hint returns the word on what to do. [web.Ask] carries it from a daemon to its command.
func (e hintedError) Hint() string { return e.hint }

func withHint(err error, format string, args ...any) error {
	return hintedError{err, fmt.Sprintf(format, args...)}
}

// run carries out one command and returns the exit code.
func run(ctx context.Context, args []string, s surroundings) int {
	p := &program{surroundings: s}
	parser, err := kong.New(&p.cli,
		kong.Name("wiredesk"),
		kong.Description("Many feeds in, one curated feed out.\n\nExit codes: 0 done, 1 failed, 2 wrong usage or a mistake in the config, 3 plan found changes."),
		kong.Writers(s.stdout, s.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 90}),
		kong.Exit(func(code int) { panic(helpShown(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return p.fail(err)
	}
	parser.Model.HelpFlag.Help = "Show this."
	code, done := exitDone, false
	var command *kong.Context
	func() {
		defer func() {
			if shown, ok := recover().(helpShown); ok {
				code, done = int(shown), true
			}
		}()
		if len(args) == 0 {
			args = []string{"--help"}
		}
		command, err = parser.Parse(args)
	}()
	switch {
	case done:
		return code
	case err != nil:
		return p.fail(usageError{withHint(err, "%s", usageHint(err))})
	}
	p.log = newLogger(s.stderr, p.cli.Verbose, journaled())
	return p.fail(command.Run())
}

// helpShown carries kong's wish to exit out of it: only main exits.
type helpShown int

// fail tells of an error and returns the exit code.
func (p *program) fail(err error) int {
	if err == nil {
		return exitDone
	}
	switch {
	case errors.Is(err, errChanges):
		return exitChange
	case errors.Is(err, errUnwell): // what is wrong was told
		return exitFailed
	}
	if problems, ok := errors.AsType[wiredesk.Problems](err); ok {
		for line := range strings.SplitSeq(problems.Error(), "\n") {
			fmt.Fprintf(p.stderr, "wiredesk: %s\n", printable(line))
		}
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "wiredesk: %s\n", printable(err.Error()))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(p.stderr, "hint: %s\n", printable(hint))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// A usageError is an error of whoever typed the command: its exit code is another.
type usageError struct{ error }

// Unwrap returns the error itself.
func (e usageError) Unwrap() error { return e.error }

// usageHint says where help is: about the command that was meant, if that much is known.
func usageHint(err error) string {
	if parse, ok := errors.AsType[*kong.ParseError](err); ok {
		for _, step := range parse.Context.Path {
			if step.Command != nil {
				return fmt.Sprintf("wiredesk %s --help has examples", step.Command.Name)
			}
		}
	}
	return "wiredesk --help lists the commands"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// load finds and reads the config, compiles its expressions and tries its templates. All mistakes come in one
// error. Beside an error the config may come back as far as it could be read, which is good
// for nothing but to find the daemon's socket.
func (p *program) load() (*config.Config, *curate.Program, error) {
	path, tried := config.Find(p.cli.Config, p.getenv)
	if path == "" {
		return nil, nil, usageError{withHint(fmt.Errorf("no config file: looked for %s", strings.Join(tried, ", ")),
			"write one, or name one with --config; config.example.toml says what may be in it")}
	}
	return loadConfig(path, p.getenv)
}

func loadConfig(path string, getenv func(string) string) (*config.Config, *curate.Program, error) {
	cfg, err := config.Load(path, config.Options{Getenv: getenv})
	if cfg == nil {
		return nil, nil, err
	}
	compiled, compileErr := curate.Compile(curationOf(cfg))
	problems, _ := errors.AsType[wiredesk.Problems](err)
	_, lookErr := lookOf(&cfg.Site)
	for _, e := range []error{compileErr, lookErr} {
		more, _ := errors.AsType[wiredesk.Problems](e)
		problems = append(problems, more...)
	}
	if err := problems.Err(); err != nil {
		return cfg, nil, err
	}
	return cfg, compiled, errors.Join(err, compileErr, lookErr)
}

func curationOf(cfg *config.Config) curate.Config {
	return curate.Config{Lists: cfg.Lists, Rules: cfg.Rules, Feeds: cfg.Feeds, Merge: cfg.Stories.Merge, Window: cfg.Stories.Window, Zone: cfg.Site.TimeZone}
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// versionDate returns the day of the commit that this was built of, so that the same commit gives
// the same page of the manual; nothing where that is not known.
func versionDate() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			day, _, _ := strings.Cut(s.Value, "T")
			return day
		}
	}
	return ""
}

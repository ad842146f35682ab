package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by wiredesk completion --help.
func (completionCommand) Help() string {
	return `Examples:
  wiredesk completion bash > ~/.local/share/bash-completion/completions/wiredesk
  wiredesk completion zsh > ~/.zfunc/_wiredesk
  wiredesk completion fish > ~/.config/fish/completions/wiredesk.fish`
}

// Run prints the script.
func (c completionCommand) Run(p *program, app *kong.Kong) error {
	write := map[string]func(io.Writer, *kong.Application) error{"bash": completeBash, "zsh": completeZsh, "fish": completeFish}[c.Shell]
	return write(p.stdout, app.Model)
}

// flagsOf returns the flags that a command takes, those of every command first.
func flagsOf(app *kong.Application, c *kong.Node) (flags []*kong.Flag) {
	for _, f := range app.Flags {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	for _, f := range c.Flags {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	return flags
}

// namesFile reports whether a value is the name of a file, or of a folder.
func namesFile(v *kong.Value) bool {
	return v.Name == "file" || v.Flag != nil && v.Flag.PlaceHolder == "FILE"
}

func namesFolder(v *kong.Value) bool { return v.Name == "dir" }

// valuesOf returns the words that a value may be; none if it may be anything.
func valuesOf(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

// completeBash writes a script for bash, without the helpers of bash-completion, which are not
// everywhere.
func completeBash(w io.Writer, app *kong.Application) error {
	var names []string
	var cases strings.Builder
	for _, c := range visible(app.Node) {
		names = append(names, c.Name)
		var flags, words []string
		files := ""
		for _, f := range flagsOf(app, c) {
			flags = append(flags, "--"+f.Name)
		}
		for _, a := range c.Positional {
			words = append(words, valuesOf(a)...)
			switch {
			case namesFile(a):
				files = "-f"
			case namesFolder(a):
				files = "-d"
			}
		}
		fmt.Fprintf(&cases, "\t%s) flags=%q words=%q files=%q ;;\n", c.Name, strings.Join(flags, " "), strings.Join(words, " "), files)
	}
	_, err := fmt.Fprintf(w, `# bash completion for wiredesk; made by: wiredesk completion bash
_wiredesk() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
	local flags=%q words= files=
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*) [[ ${COMP_WORDS[i-1]} == --config || ${COMP_WORDS[i-1]} == = ]] || { command=${COMP_WORDS[i]}; break; } ;;
		esac
	done
	case $command in
	'') words=%q ;;
%s	esac
	if [[ $prev == --config || $prev == --into ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
	elif [[ -n $files ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen "$files" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
}
complete -F _wiredesk wiredesk
`, flagNames(app), strings.Join(names, " "), cases.String())
	return err
}

func flagNames(app *kong.Application) string {
	var names []string
	for _, f := range flagsOf(app, &kong.Node{}) {
		names = append(names, "--"+f.Name)
	}
	return strings.Join(names, " ")
}

// completeZsh writes a script for zsh.
func completeZsh(w io.Writer, app *kong.Application) error {
	var names, cases strings.Builder
	for _, c := range visible(app.Node) {
		fmt.Fprintf(&names, "\t\t%s\n", zshWord(c.Name+":"+c.Help))
		fmt.Fprintf(&cases, "\t\t%s)\n\t\t\t_arguments \\\n", c.Name)
		for _, f := range flagsOf(app, c) {
			fmt.Fprintf(&cases, "\t\t\t\t%s \\\n", zshFlag(f))
		}
		for _, a := range c.Positional {
			fmt.Fprintf(&cases, "\t\t\t\t%s \\\n", zshWord(fmt.Sprintf("%s:%s:%s", map[bool]string{true: "*", false: ""}[a.IsCumulative()], zshText(a.Name), zshAction(a))))
		}
		cases.WriteString("\t\t\t\t&& return\n\t\t\t;;\n")
	}
	var global strings.Builder
	for _, f := range flagsOf(app, &kong.Node{}) {
		fmt.Fprintf(&global, "\t\t%s \\\n", zshFlag(f))
	}
	_, err := fmt.Fprintf(w, `#compdef wiredesk
# zsh completion for wiredesk; made by: wiredesk completion zsh
_wiredesk() {
	local curcontext=$curcontext state line
	local -a commands
	commands=(
%s	)
	_arguments -C \
%s		'1:command:->command' \
		'*::argument:->argument' && return
	case $state in
	command)
		_describe -t commands command commands
		;;
	argument)
		case $line[1] in
%s		esac
		;;
	esac
}
if [ "$funcstack[1]" = _wiredesk ]; then
	_wiredesk "$@"
else
	compdef _wiredesk wiredesk
fi
`, names.String(), global.String(), cases.String())
	return err
}

// zshFlag is a flag as _arguments wants it.
func zshFlag(f *kong.Flag) string {
	spec := "--" + f.Name
	if takesValue(f) {
		spec += "="
	}
	spec += "[" + zshText(f.Help) + "]"
	if takesValue(f) {
		spec += ":" + zshText(f.Name) + ":" + zshAction(f.Value)
	}
	return zshWord(spec)
}

// zshAction says what a value may be.
func zshAction(v *kong.Value) string {
	switch words := valuesOf(v); {
	case len(words) > 0:
		return "(" + strings.Join(words, " ") + ")"
	case namesFile(v):
		return "_files"
	case namesFolder(v):
		return "_files -/"
	}
	return " "
}

// zshText is a text within a specification, where some characters mean something.
func zshText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(s)
}

// zshWord is a text as one word.
func zshWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// completeFish writes a script for fish.
func completeFish(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	b.WriteString("# fish completion for wiredesk; made by: wiredesk completion fish\ncomplete -c wiredesk -f\n")
	for _, f := range flagsOf(app, &kong.Node{}) {
		fmt.Fprintf(&b, "complete -c wiredesk %s\n", fishFlag(f))
	}
	var names []string
	for _, c := range visible(app.Node) {
		names = append(names, c.Name)
	}
	// __fish_use_subcommand takes the value of a flag for a command.
	none := fishWord("not __fish_seen_subcommand_from " + strings.Join(names, " "))
	for _, c := range visible(app.Node) {
		fmt.Fprintf(&b, "complete -c wiredesk -n %s -a %s -d %s\n", none, c.Name, fishWord(c.Help))
		seen := fishWord("__fish_seen_subcommand_from " + c.Name)
		for _, f := range c.Flags {
			if !f.Hidden {
				fmt.Fprintf(&b, "complete -c wiredesk -n %s %s\n", seen, fishFlag(f))
			}
		}
		for _, a := range c.Positional {
			switch words := valuesOf(a); {
			case len(words) > 0:
				fmt.Fprintf(&b, "complete -c wiredesk -n %s -a %s\n", seen, fishWord(strings.Join(words, " ")))
			case namesFile(a):
				fmt.Fprintf(&b, "complete -c wiredesk -n %s -F\n", seen)
			case namesFolder(a):
				fmt.Fprintf(&b, "complete -c wiredesk -n %s -a '(__fish_complete_directories)'\n", seen)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func fishFlag(f *kong.Flag) string {
	s := "-l " + f.Name
	if f.Short != 0 {
		s += fmt.Sprintf(" -s %c", f.Short)
	}
	if takesValue(f) {
		s += " -r"
		if namesFile(f.Value) {
			s += " -F"
		}
		if words := valuesOf(f.Value); len(words) > 0 {
			s += " -a " + fishWord(strings.Join(words, " "))
		}
	}
	return s + " -d " + fishWord(f.Help)
}

// fishWord is a text as one word.
func fishWord(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// Wiredesk polls feeds, curates what they carry by rules and by hand, and publishes feeds
// of its own. It is one program for the daemon and for the command line that talks to it.
//
// Start reading at cli.go, the list of commands, each in a file of its own. newsroom.go
// introduces the packages to each other; rebuild.go is the build loop; ask.go is how a
// command reaches a running daemon or, without one, does its work itself.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // the binary knows the time zones wherever it runs
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], surroundings{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
	}))
}

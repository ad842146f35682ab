// Command readers publishes a difficult feed and lets feed readers read it, each in a process
// of its own and in every format that it knows. It prints what each says that is not what we
// meant. Readers that are not installed are named. See docs/readers.md.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "readers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	stand, err := newStand(ctx)
	if err != nil {
		return err
	}
	defer stand.close()
	for _, r := range readers {
		if missing := r.missing(); missing != "" {
			fmt.Fprintf(w, "%s: not installed (Debian: %s)\n\n", r.name, r.debian)
			continue
		}
		said, err := stand.ask(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		fmt.Fprintf(w, "%s %s\n%s\n", r.name, r.version(ctx), said)
	}
	return nil
}

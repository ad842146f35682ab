package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// newProgress returns a function that shows how far long work is: a bar on a terminal,
// elsewhere a line now and then.
func newProgress(w io.Writer, what string) func(done, total int) {
	if !isTerminal(w) {
		return progressLines(w, what)
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionThrottle(65*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		bar.ChangeMax(total)
		_ = bar.Set(done)
	}
}

// progressEvery is how often progress is told in lines.
const progressEvery = 5 * time.Second

func progressLines(w io.Writer, what string) func(done, total int) {
	last := time.Now()
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last = now
			fmt.Fprintf(w, "%s: %d of %d\n", what, done, total)
		}
	}
}

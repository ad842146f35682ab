package main

import (
	"os"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
)

// A measure is what some work took.
type measure struct {
	cpu  time.Duration
	size int64
}

func (m measure) best(other measure) measure {
	if m.cpu == 0 || other.cpu < m.cpu {
		return other
	}
	return m
}

// timed returns the CPU time, of user and system, that this process spent in fn. What went
// before must not count: its garbage is collected, and its memory given back, first.
func timed(fn func() error) (measure, error) {
	debug.FreeOSMemory()
	before := cpu()
	err := fn()
	return measure{cpu: cpu() - before}, err
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A profile is where to write a CPU profile, and of what; the zero value writes none.
type profile struct{ path, of string }

// timed is timed, with a profile if this is what is wanted. Of several the last stays.
func (p profile) timed(what string, fn func() error) (measure, error) {
	if p.path == "" || p.of != what {
		return timed(fn)
	}
	f, err := os.Create(p.path)
	if err != nil {
		return measure{}, err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return measure{}, err
	}
	defer pprof.StopCPUProfile()
	return timed(fn)
}

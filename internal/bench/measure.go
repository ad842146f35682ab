package main

import (
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

// timed returns the CPU time, of user and system, that this process spent in fn.
func timed(fn func() error) (measure, error) {
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

//go:build unix

package notify

import (
	"os/exec"
	"syscall"
)

// together makes a program the head of a group, and ends the whole group when its time is up:
// a script that waits for another program would leave that behind.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

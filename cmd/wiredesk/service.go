package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// A service is the service manager that started the daemon, if one did: systemd, or whoever
// else set $NOTIFY_SOCKET (sd_notify(3)). Where there is none, nothing happens.
type service struct{ log *slog.Logger }

func (s service) tell(lines ...string) {
	if _, err := systemd.SdNotify(false, strings.Join(lines, "\n")); err != nil {
		s.log.Warn("the service manager cannot be told", "error", err)
	}
}

// ready says that the daemon serves, or has taken in its config again. The words are for
// people who look at the state of the service.
func (s service) ready(words string) { s.tell(systemd.SdNotifyReady, "STATUS="+words) }

// reloading says that the config is read again; ready must follow. The service manager wants
// to know when that was, to tell this reload from another one.
func (s service) reloading() { s.tell(systemd.SdNotifyReloading, systemd.SdNotifyMonotonicUsec()) }

func (s service) stopping() { s.tell(systemd.SdNotifyStopping) }

// watchdog tells the service manager that all is alive, as often as it wants to hear that,
// until ctx ends. While something is stuck it is told nothing, and starts the daemon anew when
// it has had enough.
func (s service) watchdog(ctx context.Context, v *vitals) {
	patience, err := systemd.SdWatchdogEnabled(false)
	if err != nil {
		s.log.Warn("the watchdog of the service manager is not understood", "error", err)
		patience = 0
	}
	if patience == 0 {
		<-ctx.Done()
		return
	}
	for well := true; ; {
		words := v.stuck(patience / 2)
		if len(words) == 0 {
			s.tell(systemd.SdNotifyWatchdog)
		} else if well {
			s.log.Error("stuck: if that goes on, the service manager will start wiredesk again", "what", strings.Join(words, "; "))
		}
		well = len(words) == 0
		if !sleep(ctx, patience/4) {
			return
		}
	}
}

// working says in a few words what the daemon works on.
func (n *newsroom) working() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprintf("%s, %s", count(len(n.sources), "source"), count(len(n.cfg.Feeds), "feed"))
}

package main

import (
	"errors"
	"strings"
	"testing"
)

// What is noted of a config for plan holds nothing secret. A database of which nothing is
// noted says what to do.
func TestBuiltHoldsNoSecrets(t *testing.T) {
	inDesk(t, func(d *desk) {
		ctx := d.t.Context()
		one := newPress(d.web, 1)
		d.config(configOf([]*press{one}, "username = \"me-secret\"\npassword = \"secret1\"\nheaders = { X-Key = \"secret2\" }\nproxy = \"http://u:secret3@proxy.example\"\nallow_private = true\n"))
		d.open()
		if _, err := (&newsroom{store: d.room.store}).lastBuilt(ctx); !hints(err, "wiredesk once") {
			d.t.Errorf("nothing is noted yet: %v", err)
		}
		d.room.mu.Lock()
		noted, err := d.room.notYetNoted(ctx)
		d.room.mu.Unlock()
		if err != nil || !strings.Contains(string(noted), one.url()) || strings.Contains(string(noted), "secret") {
			d.t.Errorf("%s, %v", noted, err)
		}
	})
}

func hints(err error, word string) bool {
	hinted, ok := errors.AsType[hintedError](err)
	return ok && strings.Contains(hinted.Hint(), word)
}

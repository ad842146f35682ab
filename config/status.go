package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// What a token must be, so that nobody finds it by trying.
const (
	tokenLeast    = 20  // characters
	tokenMost     = 128 // characters
	tokenDistinct = 8   // of them different
)

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

const tokenHint = "make one with: openssl rand -hex 16"

// token returns the secret of the status feed. Messages never show it.
func (b *builder) token(t *text) string {
	const key = "status.token"
	switch {
	case t.s == "" || t.bad:
	case !tokenForm.MatchString(t.s):
		b.problem(t.at, key+": it has other characters than letters, digits, - and _", tokenHint)
	case len(t.s) < tokenLeast:
		b.problem(t.at, fmt.Sprintf("%s: %d characters are too few, it must have %d at least", key, len(t.s), tokenLeast), tokenHint)
	case len(t.s) > tokenMost:
		b.problem(t.at, fmt.Sprintf("%s: %d characters are too many, it may have %d", key, len(t.s), tokenMost), tokenHint)
	case guessable(t.s):
		b.problem(t.at, key+": it is easy to guess", tokenHint)
	default:
		return t.s
	}
	return ""
}

// guessWords are what people write in place of a secret.
var guessWords = []string{"secret", "password", "passwort", "token", "wiredesk", "status", "example", "changeme", "change-me", "change_me", "qwert", "abcdef", "012345", "123456", "654321"}

// guessable reports whether a token is one that somebody would try: of few characters, with a
// word that people use, or made of one part again and again.
func guessable(s string) bool {
	distinct := map[rune]bool{}
	for _, r := range s {
		distinct[r] = true
	}
	if len(distinct) < tokenDistinct {
		return true
	}
	for _, word := range guessWords {
		if strings.Contains(strings.ToLower(s), word) {
			return true
		}
	}
	for n := 1; n <= len(s)/2; n++ {
		if strings.HasPrefix(strings.Repeat(s[:n], len(s)/n+1), s) {
			return true
		}
	}
	return false
}

func (b *builder) notify(t *notifyTable) Notify {
	n := Notify{AllowPrivate: t.AllowPrivate.on, Exec: t.Exec.plain()}
	if t.Webhook.s != "" {
		u, err := url.Parse(t.Webhook.s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			b.problem(t.Webhook.at, "notify.webhook: "+t.Webhook.show()+" is no absolute http or https address", "such as https://example.org/hook")
		} else {
			n.Webhook = t.Webhook.s
		}
	}
	if len(n.Exec) > 0 {
		switch program := n.Exec[0]; {
		case strings.TrimSpace(program) == "":
			b.problem(t.Exec.at, "notify.exec: the program is empty", `such as exec = ["/usr/local/bin/tell", "--urgent"]`)
		case strings.ContainsAny(program, " \t") && len(n.Exec) == 1:
			b.warn(t.Exec.at, "notify.exec: this is one program with a blank in its name, for no shell reads it", "if its arguments are meant, write "+quotedList(strings.Fields(t.Exec.items[0].raw)))
			n.Exec[0] = b.programPath(program)
		default:
			n.Exec[0] = b.programPath(program)
		}
	}
	return n
}

// programPath returns a path as an absolute one, beside the config file; a name without a
// slash stays, for $PATH.
func (b *builder) programPath(program string) string {
	if !strings.ContainsAny(program, `/\`) {
		return program
	}
	return beside(b.dir, program)
}

// quotedList shows texts as a list.
func quotedList(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = quoteShort(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// secretMark finds ${…}, and $${…} which stands for the characters ${…} themselves.
var secretMark = regexp.MustCompile(`\$?\$\{([^}]*)(\}?)`)

// A missingSecret is a ${…} that cannot be put in. It never holds a secret.
type missingSecret struct{ what, hint string }

func (e *missingSecret) Error() string { return e.what }

func secretHint(err error) string {
	var missing *missingSecret
	if errors.As(err, &missing) {
		return missing.hint
	}
	return ""
}

// expand puts the secrets in for ${env:NAME} and ${file:PATH}, and says whether there
// was one. It leaves everything else as it is.
func (d *decoder) expand(s string) (expanded string, secret bool, err error) {
	if !strings.Contains(s, "${") {
		return s, false, nil
	}
	expanded = secretMark.ReplaceAllStringFunc(s, func(mark string) string {
		if strings.HasPrefix(mark, "$$") {
			return mark[1:]
		}
		value, e := d.secret(mark)
		if e != nil && err == nil {
			err = e
		}
		secret = true
		return value
	})
	return expanded, secret, err
}

// secret returns what ${env:NAME} or ${file:PATH} stands for. A line break at the end of a
// file is not part of the secret.
func (d *decoder) secret(mark string) (string, error) {
	inner, closed := strings.CutSuffix(strings.TrimPrefix(mark, "${"), "}")
	from, name, _ := strings.Cut(inner, ":")
	switch {
	case !closed:
		return "", &missingSecret{mark + " is not closed", "write ${env:NAME} or ${file:PATH}"}
	case from == "env" && name != "":
		if value := d.getenv(name); value != "" {
			return value, nil
		}
		return "", &missingSecret{fmt.Sprintf("the environment has no %s", name), "set it, or take " + mark + " out"}
	case from == "file" && name != "":
		data, err := d.readFile(beside(d.dir, name))
		if err != nil {
			return "", &missingSecret{fmt.Sprintf("%s cannot be read: %s", mark, reason(err)), "a relative path is beside the file that names it"}
		}
		return strings.TrimRight(string(data), "\r\n"), nil
	}
	return "", &missingSecret{mark + " is neither ${env:NAME} nor ${file:PATH}", "for the characters themselves write $" + mark}
}

var userinfo = regexp.MustCompile(`//[^/@\s]*@`)

// redact takes user names and passwords out of what looks like an address.
func redact(s string) string { return userinfo.ReplaceAllString(s, "//…@") }

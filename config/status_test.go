package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/config"
)

// TestToken holds that a token that somebody would try is refused, and not shown.
func TestToken(t *testing.T) {
	for token, want := range map[string]string{
		"":                                   "",
		"3f9c1d7ab2e84065":                   "16 characters are too few",
		"3f9c1d7ab2e8406551b0aa9ce27d44f1":   "",
		"aaaaaaaaaaaaaaaaaaaaaaaaa":          "easy to guess",
		"abcdefghabcdefghabcdefgh":           "easy to guess",
		"kx7q-kx7q-kx7q-kx7q-kx7q":           "easy to guess",
		"3f9c1d7ab23f9c1d7ab23f9c1d7ab2":     "easy to guess",
		"ThisIsMyWiredeskFeed42":             "easy to guess",
		"3f9c1d7ab2e8406551b0aa9ce27/../x":   "other characters",
		"3f9c1d7ab2e8406551b0aa9ce27 d44f1":  "other characters",
		"3f9c1d7ab2e8406551b0ä9ce27d44f1":    "other characters",
		strings.Repeat("3f9c1d7ab2e84z", 10): "too many",
	} {
		path := filepath.Join(t.TempDir(), "wiredesk.toml")
		write(t, path, "[status]\ntoken = \""+token+"\"\n")
		c, err := config.Load(path, config.Options{Getenv: nothing})
		switch {
		case want == "" && (err != nil || c.Status.Token != token):
			t.Errorf("%q: %v", token, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token)):
			t.Errorf("%q: got %v, want %s", token, err, want)
		}
	}
}

// TestNotifyProgram holds what exec may be: a list, or a program alone.
func TestNotifyProgram(t *testing.T) {
	dir := t.TempDir()
	for exec, want := range map[string]string{
		`"tell"`:             "tell",
		`["tell", "it all"]`: "tell|it all",
		`"./tell"`:           filepath.Join(dir, "tell"),
		`""`:                 "",
		`[]`:                 "",
		`"tell it all"`:      "tell it all",
	} {
		path := filepath.Join(dir, "wiredesk.toml")
		write(t, path, "[notify]\nexec = "+exec+"\n")
		c, err := config.Load(path, config.Options{Getenv: nothing})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Notify.Exec, "|"); got != want {
			t.Errorf("%s: got %q, want %q", exec, got, want)
		}
		if warned := len(c.Warnings) > 0; warned != strings.Contains(exec, `"tell it`) {
			t.Errorf("%s: warnings %v", exec, c.Warnings)
		}
	}
}

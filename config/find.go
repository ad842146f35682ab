package config

import (
	"os"
	"path/filepath"
	"runtime"
)

// Find returns the config file to load: flag if it is not empty, else $WIREDESK_CONFIG,
// else the first that exists of wiredesk.toml here, wiredesk/wiredesk.toml in the user's
// config folder ($XDG_CONFIG_HOME, else what the system says) and
// /etc/wiredesk/wiredesk.toml. It returns an empty path if there is none, and the paths
// that it looked at. What flag and environment name need not exist: [Load] says so.
func Find(flag string, getenv func(string) string) (path string, tried []string) {
	if flag != "" {
		return flag, []string{flag}
	}
	if path := getenv("WIREDESK_CONFIG"); path != "" {
		return path, []string{path}
	}
	places := []string{"wiredesk.toml"}
	if dir := userConfigDir(getenv); dir != "" {
		places = append(places, filepath.Join(dir, "wiredesk", "wiredesk.toml"))
	}
	places = append(places, filepath.FromSlash("/etc/wiredesk/wiredesk.toml"))
	for _, place := range places {
		tried = append(tried, place)
		if stat, err := os.Stat(place); err == nil && !stat.IsDir() {
			return place, tried
		}
	}
	return "", tried
}

// userConfigDir is [os.UserConfigDir] with an environment of the caller's choice.
func userConfigDir(getenv func(string) string) string {
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		return dir
	}
	home := getenv("HOME")
	switch {
	case runtime.GOOS == "windows":
		return getenv("AppData")
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	}
	return filepath.Join(home, ".config")
}

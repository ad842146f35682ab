package config

import "testing"

func TestSecretQuery(t *testing.T) {
	for address, want := range map[string]bool{
		"https://cast.example/feed?auth=x": true, "https://a.example/feed?page=1&API_KEY=x": true,
		"https://a.example/feed?format=rss": false, "https://a.example/token/feed": false, "::": false,
	} {
		if got := secretQuery(address); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

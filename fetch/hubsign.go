package fetch

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // many hubs know no other; as an HMAC it is not broken
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// signed reports whether a header of the form method=hex is the signature of these bytes
// (WebSub section 7.1).
func signed(header, secret string, body []byte) bool {
	method, said, _ := strings.Cut(strings.TrimSpace(header), "=")
	var h func() hash.Hash
	switch strings.ToLower(method) {
	case "sha1":
		h = sha1.New
	case "sha256":
		h = sha256.New
	case "sha384":
		h = sha512.New384
	case "sha512":
		h = sha512.New
	default:
		return false
	}
	sum, err := hex.DecodeString(said)
	if err != nil {
		return false
	}
	mac := hmac.New(h, []byte(secret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), sum)
}

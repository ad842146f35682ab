package fetch

import "wiredesk"

// stripTrackers returns an address without tracking parameters. It is applied until it
// changes nothing: what was hidden behind one may be another.
func stripTrackers(address string) string {
	for range 4 {
		s := wiredesk.StripTrackers(address)
		if s == address {
			break
		}
		address = s
	}
	return address
}

// Package web serves what package publish made.
//
// [Site] answers for the published documents: it holds a pointer to the newest site, looks
// a path up and sends what lies there ready. It reads no clock, opens no file and renders
// nothing. [Listen] and [Serve] run any handler until its context ends.
package web

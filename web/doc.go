// Package web serves what package publish made, and is the door for the command line.
//
// [Site] answers for the published documents: it holds a pointer to the newest site, looks
// a path up and sends what lies there ready, in the coding that the reader likes, or that it
// has not changed, or only what is new. It reads no clock, opens no file and renders
// nothing. [Admin] answers the commands that talk to a running daemon, and [Ask] is the
// other end of it. [Metrics] tells Prometheus what a daemon counted. [Listen] and [Serve]
// run any handler until its context ends.
package web

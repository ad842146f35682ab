// Package hub tells those who wait for our feeds that they changed (WebSub, as a hub and as a
// publisher).
//
// A [Hub] is one of our own: it takes subscriptions, verifies them, and sends each change of a
// feed to everybody who follows it. A [Pinger] tells a hub elsewhere. Neither keeps a queue:
// what is stored is the version that somebody has, and as long as that is not the present one
// there is something to send. So a kill loses nothing, and a slow one gets the newest version
// and none in between.
package hub

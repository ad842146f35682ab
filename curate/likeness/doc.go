// Package likeness tells which texts are the same text republished, and which tell of the
// same event in other words. It is pure, keeps no text, and knows neither clock nor store.
//
// [Of] makes a [Fingerprint] of a text and [Compare] compares two of them. An [Index] finds
// the few earlier items that are worth comparing, [Events] groups items by event as they
// come. The cost of an item in either does not depend on how many are in the window.
// docs/stories.md says how it works and how well.
package likeness

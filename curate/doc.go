// Package curate decides what is in which feed. It is a pure function of what is stored
// (facts, decisions, ledger), of the config, and of one moment called at.
//
// [Compile] turns the rules and feeds of a config into a [Program]. A [Desk] holds what a
// program makes of the stored items and is kept up to date item by item: adding one costs
// the same whether a thousand or a million are stored. [Desk.Build] returns the editions
// that changed and what they add to the ledger; building from scratch gives the same.
//
// The layers, each blind to those below it: stories (stories.go), item and story rules
// and the feeds' conditions (evaluate.go), ledger and places (place.go), entries
// (edition.go). [Desk.Explain] tells for one item what each of them said,
// [Compare] what makes the editions of one config those of another.
package curate

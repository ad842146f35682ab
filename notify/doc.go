// Package notify brings events to whoever wants to hear of them: an address, or a program.
// Events lie in the store; each channel remembers how far it got, so that a restart loses
// nothing, and brings one event after the other, in their order. What does not arrive is
// tried again, less and less often, for three days. An event may arrive twice, never not at
// all; its id tells.
package notify

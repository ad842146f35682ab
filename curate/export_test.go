package curate

// Deadlines returns how many deadlines a desk waits for.
func Deadlines(d *Desk) int { return len(d.deadlines) }

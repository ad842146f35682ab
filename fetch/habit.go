package fetch

import (
	"fmt"
	"slices"
	"time"

	"wiredesk"
)

// A source that never has news at night, or on Sundays, need not be asked then. What counts
// is the dates of its items, each hour and each day that had any once: a busy day says no
// more of the habit than a calm one.
const (
	// sureHours and sureDays are how many hours and days with news must be counted before
	// one that never had any means something: by chance alone three hours in a row stay
	// empty in less than one of a thousand sources that have no habit, a day of the week in
	// one of five hundred.
	sureHours = 60
	sureDays  = 40
	// Where so many are counted all are halved, so that old habits are forgotten.
	mostHours = 200
	mostDays  = 100
)

// learnHabit counts the dates of items that are new.
func learnHabit(h *wiredesk.Habit, items []wiredesk.Item, now time.Time) {
	var hours []time.Time
	for i := range items {
		at := items[i].Published.UTC()
		// Midnight to the second is a date without a time of day.
		if items[i].Known || !items[i].Dated() || at.After(now) || at.Equal(at.Truncate(24*time.Hour)) {
			continue
		}
		hours = append(hours, at.Truncate(time.Hour))
	}
	slices.SortFunc(hours, time.Time.Compare)
	for _, at := range hours {
		if !at.After(h.Last) {
			continue
		}
		if !at.Truncate(24 * time.Hour).Equal(h.Last.Truncate(24 * time.Hour)) {
			countIn(h.Days[:], int(at.Weekday()), mostDays)
		}
		countIn(h.Hours[:], at.Hour(), mostHours)
		h.Last = at
	}
}

func countIn(counts []uint8, i, most int) {
	counts[i]++
	if total(counts) < most {
		return
	}
	for j := range counts {
		counts[j] /= 2
	}
}

func total(counts []uint8) (sum int) {
	for _, n := range counts {
		sum += int(n)
	}
	return sum
}

// idle reports whether a source clearly has no news at that time: nor an hour before or
// after, or not on that day of the week.
func idle(h *wiredesk.Habit, at time.Time) bool {
	at = at.UTC()
	if total(h.Days[:]) >= sureDays && h.Days[at.Weekday()] == 0 {
		return true
	}
	hour := at.Hour()
	return total(h.Hours[:]) >= sureHours && h.Hours[hour] == 0 && h.Hours[(hour+1)%24] == 0 && h.Hours[(hour+23)%24] == 0
}

// untilNews makes a wait longer, up to the ceiling, if it ends when the source clearly has
// no news.
func (r span) untilNews(now time.Time, wait time.Duration, reason string, h *wiredesk.Habit) (time.Duration, string) {
	at, last := now.Add(wait), now.Add(r.max)
	for at.Before(last) && idle(h, at) {
		at = at.Truncate(time.Hour).Add(time.Hour)
	}
	if at.After(last) {
		at = last
	}
	if at.Sub(now) == wait {
		return wait, reason
	}
	return at.Sub(now), fmt.Sprintf("it never has news before %s UTC", at.UTC().Format("Mon 15:04"))
}

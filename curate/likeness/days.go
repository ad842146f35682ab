package likeness

import "strings"

// Days of the week are what a follow-up changes even where it keeps all else: news is of a day.
// A copy has the days of what it copies.

// days has the number of a day for its name in a language that writes words.
var days = func() map[string]uint8 {
	day := make(map[string]uint8)
	for n, names := range strings.Split(strings.TrimSpace(dayNames), "\n") {
		for name := range strings.FieldsSeq(names) {
			day[name] = 1 << n
		}
	}
	return day
}()

// dayNames are the days from Monday, each in English, German, Dutch, Danish, Swedish, French,
// Spanish, Italian, Polish and Russian, in the forms that follow "on". Portuguese counts them, with
// words that mean other things too.
const dayNames = `
monday mondays montag montags maandag mandag måndag måndags lundi lunes lunedì poniedziałek понедельник
tuesday tuesdays dienstag dienstags dinsdag tirsdag tisdag tisdags mardi martes martedì wtorek вторник
wednesday wednesdays mittwoch mittwochs woensdag onsdag onsdags mercredi miércoles mercoledì środa środę среда среду
thursday thursdays donnerstag donnerstags donderdag torsdag torsdags jeudi jueves giovedì czwartek четверг
friday fridays freitag freitags vrijdag fredag fredags vendredi viernes venerdì piątek пятница пятницу
saturday saturdays samstag samstags sonnabend zaterdag lørdag lördag lördags samedi sábado sabato sobota sobotę суббота субботу
sunday sundays sonntag sonntags zondag søndag söndag söndags dimanche domingo domenica niedziela niedzielę воскресенье
`

// daysIn returns the days that some words name, a bit for each.
func daysIn(text []token) (named uint8) {
	for _, t := range text {
		named |= days[t.text]
		if day, _, ok := strings.Cut(t.text, "tag"); ok { // "Dienstagabend"
			named |= days[day+"tag"]
		}
	}
	return named
}

// otherDays reports whether two texts name days at their beginning, and none that both name.
func otherDays(a, b *Fingerprint) bool { return a.days != 0 && b.days != 0 && a.days&b.days == 0 }

package likeness

import (
	"slices"
	"strings"
	"testing"
)

// What looks alike and is not the same news: forms that are filled in, the words of a site,
// series, and follow-ups. To hide one of these behind another is the worse error.
func TestNotDuplicates(t *testing.T) {
	wall := "This article is for subscribers. Log in or take out a subscription to read on. You can cancel at any time. Already a member? Use the app on your phone or tablet to read all our articles."
	background := "The line along the coast was closed in 1988 after a storm washed away two bridges. Since then buses have run between the villages, and every government has promised to bring the trains back. The project is to cost four hundred million euros and to create work for six hundred people. Environmental groups have warned that the new embankment would cut through a marsh where herons nest. The towns along the route have asked for stations near the schools. "
	warning := "A warning of strong wind has been issued for PLACE from noon on Thursday until the early hours of Friday. Gusts may reach the strength of a storm near the coast. People in PLACE should secure loose objects in gardens and on balconies, avoid woods and keep away from exposed shores. Ferries may run late or not at all. The next report on the weather in PLACE will be issued in the evening by the service on duty."
	recall := "The maker has recalled its THING after reports that the handle may break when hot. Anyone who has bought one of the THING since January should stop using it and take it back to the shop, where the price will be refunded in full without a receipt. No one has been hurt so far. The maker said that it regretted the trouble and that new THING would be in the shops by the summer."
	foot := " Leave a reply. Your email address will not be published. Required fields are marked. Save my name, email and website in this browser for the next time I comment. This site uses cookies to reduce spam. Learn how your comment data is processed. Share this: click to share on your network, click to print, click to send a link to a friend. Related posts, older entries, newer entries."
	library := " It has room for 40,000 books and a café. The building cost six million and took three years."
	kitchen := " Every DAY our readers send in what they cook at home. Send yours with a picture to the kitchen desk; the best are printed in our yearly booklet."
	fill := strings.ReplaceAll
	for name, c := range map[string][2][2]string{
		"the wall of a site": {
			{"School budget cut in Northfield by a third", wall}, {"Local team wins the cup after extra time", wall},
		},
		"a follow-up with a new lead": {
			{"Portugal approves plan to rebuild coastal railway", "The government approved a plan on Tuesday to rebuild the railway along the coast within ten years. " + background},
			{"Portugal's plan to rebuild coastal railway goes to court", "Two associations went to court on Wednesday to stop the rebuilding of the railway, a day after it was decided, and judges are to hear them next month. " + background},
		},
		"another toll": {
			{"Twelve dead after ferry sinks off island", "Twelve people died when a ferry sank off the island on Sunday night. Rescuers searched until morning in high waves. The ferry had left the mainland with more passengers than it was allowed to carry, said the harbour master."},
			{"Thirty dead after ferry sinks off island", "Thirty people died when a ferry sank off the island on Sunday night. Rescuers searched until morning in high waves. The ferry had left the mainland with more passengers than it was allowed to carry, said the harbour master."},
		},
		"a notice for another place": {
			{"Wind warning", fill(warning, "PLACE", "Norfolk")}, {"Wind warning", fill(warning, "PLACE", "Devon")},
		},
		"a notice for another place, in its title": {
			{"東京都に大雨警報", "気象庁は東京都に大雨警報を発表しました。低い土地の浸水や川の増水に警戒してください。今後の情報に注意してください。"},
			{"大阪府に大雨警報", "気象庁は大阪府に大雨警報を発表しました。低い土地の浸水や川の増水に警戒してください。今後の情報に注意してください。"},
		},
		"another thing": {
			{"Recall: maker takes back kettles with weak handles", fill(recall, "THING", "kettles")},
			{"Recall: maker takes back toasters with weak handles", fill(recall, "THING", "toasters")},
		},
		"an open thread": {
			{"Open thread for the long weekend", "We are going to the lakes to swim and to read detective novels in the shade. What are you up to, and who looks after the cats?" + foot},
			{"Open thread for the long weekend", "The allotment needs weeding and the choir rehearses twice. Tell us what is on your plate, and bring cake if you come by the hall." + foot},
		},
		"a recipe, its titles not word for word in the text": {
			{"Recipe of the week: leek and potato soup", "Wash the leeks, cut them into rings and let them soften in butter with the lid on. Add diced potatoes, cover with stock and simmer for twenty minutes. Season with nutmeg." + fill(kitchen, "DAY", "Thursday")},
			{"Recipe of the week: carrot and ginger soup", "Scrape the carrots, cut them into rings and let them soften in butter with the lid on. Add grated ginger, cover with stock and simmer for twenty minutes. Season with lime." + fill(kitchen, "DAY", "Thursday")},
		},
		"a follow-up of the next day": {
			{"Mayor cuts ribbon of new library in Ashford", "The mayor opened the new library in Ashford on Monday." + library},
			{"Mayor defends cost of new library in Ashford", "The mayor defended the cost of the new library in Ashford on Tuesday after critics said it was too dear." + library},
		},
		"numbers that are no digits": {
			{"気象情報：明日の天気", "明日は晴れのち曇りでしょう。最高気温は十八度、最低気温は七度の見込みです。"},
			{"気象情報：明日の天気", "明日は雨のち曇りでしょう。最高気温は十五度、最低気温は九度の見込みです。"},
		},
		"a long wall": {
			{"School budget cut in Northfield by a third", wall + wall[:30] + foot + background}, {"Local team wins the cup after extra time", wall + wall[:30] + foot + background},
		},
		"a series": {
			{"Podcast: the new episode on bread", "In this episode we talk with a baker about flour, time and patience." + foot},
			{"Podcast: the new episode on walks", "In this episode we talk with a ranger about paths, boots and weather." + foot},
		},
	} {
		a, b := Of(c[0][0], "", c[0][1]), Of(c[1][0], "", c[1][1])
		if tie := Compare(a, b); tie.Kind == Duplicate {
			t.Errorf("%s: %+v", name, tie)
		}
		if tie := Compare(b, a); tie.Kind == Duplicate {
			t.Errorf("%s, the other way round: %+v", name, tie)
		}
	}
}

// Copies that differ in how a language is written.
func TestDuplicatesInOtherHabits(t *testing.T) {
	german := "Der Stadtrat hat am Dienstagabend beschlossen, die alte Fähre durch eine Brücke für Radfahrer und Fußgänger zu ersetzen. Die Arbeiten sollen im Herbst beginnen und zwei Jahre dauern. Die Kosten liegen bei 18,5 Millionen Euro, von denen das Land die Hälfte trägt. Der Fährmann, dessen Familie das Boot seit 1911 betreibt, sagte, er wolle ohnehin in den Ruhestand gehen. Die Läden am nördlichen Ufer fürchten um ihr Geschäft, solange die Anlegestelle geschlossen ist, und fordern einen Bus. "
	more := "Die Bürgermeisterin versprach, dass es alle Viertelstunde einen geben werde, mindestens bis zum ersten Schnee. Die Mitglieder der Opposition stimmten dagegen."
	a := Of("Stadt ersetzt die alte Fähre durch eine Brücke für 18,5 Millionen", "", german+more)
	b := Of("Brücke statt Fähre: Stadt gibt 18.5 Millionen aus", "", strings.Replace(german, "Die Läden", "Die Geschäfte", 1)+"Weiterlesen. Kommentar schreiben. Teilen.")
	if tie := Compare(a, b); tie.Kind != Duplicate {
		t.Errorf("%+v", tie)
	}
}

// Copies as sites make them.
func TestCopies(t *testing.T) {
	const text = `The harbour board voted on Monday to rebuild the old crane by the fish market, which has stood still since a gale
in the spring. The work is to cost £2.3 million and to take until the summer after next. Masters of the larger boats had asked for a
modern one instead, but a survey found that visitors come to see the crane and stay to buy fish. The board will also mend the steps
below it, where three people slipped last winter, and put up a sign on how the crane was worked by hand.`
	const pact = `A maker of phones and a network of shops have signed a pact on maps, which they say will help both to sell more in towns. `
	const nokia = `Shares of Nokia have risen since then. `
	const orange = `Shares of Orange have fallen, but less than they did when the pact was first spoken of.`
	words := strings.Fields(text)
	teaser := strings.Join(words[:36], " ")
	for name, c := range map[string][2][2]string{
		"a teaser under a title of few words": {
			{"Crane as monument", text}, {"Crane as monument", teaser + " [...] Continue reading"},
		},
		"a teaser that says where it is from": {
			{"Harbour board rebuilds crane by the market", text},
			{"Harbour board rebuilds crane by the market", strings.Join(words[:20], " ") + " […] The post Harbour board rebuilds crane by the market appeared first on Evening Lantern."},
		},
		"the same words around several names": {
			{"Pact of phone makers and networks is signed", pact + nokia + orange}, {"Pact of phone makers and networks is signed", pact + orange},
		},
		"another dash": {
			{"What the harbour does: April 18-24", text}, {"What the harbour does: April 18–24", text},
		},
		"another unit": {
			{"Harbour board rebuilds crane", "The board gives £2.3m to rebuild the crane by the fish market, a survey of visitors found it is what they come for, said the harbour master."},
			{"Harbour board rebuilds crane", "The board gives £2.3 m to rebuild the crane by the fish market, a survey of visitors found it is what they come for, said the harbour master."},
		},
		"a number at the end of the title, and at that of the text": {
			{"Old crane by the fish market is rebuilt by 2031", teaser + " in 1970 and is to be ready by 2031"}, {"Old crane by the fish market is rebuilt", teaser + " in 1970"},
		},
		"a teaser of what another cut": {
			{"Harbour board rebuilds old crane by the market", strings.Join(words[:60], " ")},
			{"Harbour board rebuilds old crane by market", strings.Join(slices.Concat(words[:28], words[60:]), " ")},
		},
		"a headline of its own": {
			{"Board spends millions on a crane that stands still", strings.Join(words[:80], " ")}, {"Why visitors come to the fish market", strings.Join(words[:80], " ")},
		},
	} {
		if tie := Compare(Of(c[0][0], "", c[0][1]), Of(c[1][0], c[1][1], "")); tie.Kind != Duplicate {
			t.Errorf("%s: %+v", name, tie)
		}
	}
}

package likeness

import "strings"

// stock are words that headlines of all events are made of, as they are written and as stem leaves them. Where few
// items came yet nothing else tells them from names: "Man dies in" is no event.
var stock = func() map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(stockWords) {
		set[word], set[stem(word)] = true, true
	}
	return set
}()

const stockWords = `first second third fourth fifth dozens hundreds thousands millions accident accused action address age ago aid aim air alert amid announce announces announced answer
anniversary appeal appear arrest arrested attack attacks award awards baby back bad ban bank battle beat beats begin best better bid big
bill billion blow boost boss boy break breaking bring bug build business buy call calls campaign case cash cause
celebrate ceo change charge charged charges chief child children city claim claims close club come comes
company concern confirm confirms consider continue cost could council country court crash crime crisis critic cut cuts
damage data date day days dead deal death deaths debut decide decision delay deny details die dies died discover drive drop drops drug early
earn earnings east economy end ends enter event expect expected expert experts explain eye face faces fail
fall falls family fan fans fear fears fight file film final find finds fire firm first fix follow food force former
found free full fund future gain game gap get gets girl give go goes good government great ground group grow growth
guide gun half head health hear heart held help high hike hit hits hold home hope hospital host hour house human hurt idea
images impact improve increase industry injured inside investigate investigation investors issue issues job
jobs join judge jump keep key kids kill killed kills know land large last latest launch launches law lawsuit lawyer lead leader leaders
league leave legal let life like line link list live local london long look lose loss losses lost lot love low
major make makes man manager many march mark market markets match media meet meeting member men million minister
missing model money month months morning mother move movie murder music name named nation national near need needs
network news night north number offer office officer officials oil online open opens order owner park party
pass pay people person phone photo photos pick picture pictures place plan plans play player players plunge point police policy
poll poor power premier prepare president press price prices prime prison probe problem profit profits
programme project protest prove public push put question questions quit race rain raise rally rate rates reach
reaction read ready real reason recall record release released remain report reports rescue research
response result results return reveal reveals review rise rises risk road role rule rules run safety sale sales save
scene school score search season second secret see seek seeks sell send sentence service set sets share shares shock shoot shooting
shot show shows shut sign signs since slam slump small social south speak spend split staff stage
star stars start starts state statement states stay step stock stocks stop storm story street strike strong student students studio study support surge
suspect sue suspected system take takes talk talks target tax team teen tell tells test thing think threat time times tip today top total
tour town trade traffic trailer train travel treatment trial trip trouble try turn update us use user users vehicle
victim victims video view visit vote wait walk wall want wants war warn warns warning watch water way weather week weeks weekend
welcome west white win wins winner woman women word work worker workers world worry worst worth year years young
mann frau polizei tote tot neue neuer jahr jahre tag unfall prozess gericht streit millionen deutschland regierung
homme femme police mort morts ans jour france procès nouveau nouvelle gouvernement millions
hombre mujer policía muerto muertos muere años año día gobierno nuevo nueva millones
uomo donna polizia morto morti anni anno giorno governo nuovo nuova milioni
man vrouw politie dood doden jaar dag nieuwe regering miljoen
homem mulher polícia morre morto mortos anos ano dia governo novo nova milhões`

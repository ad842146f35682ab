package fetch

import "strings"

// months maps names of months in lower case, and their common short forms, to their
// numbers. Where two languages disagree (Polish "lis" and Croatian "lis"), the one with
// more feeds has it.
var months = monthTable(
	"january jan januar janvier janv jän jänner enero ene gennaio gen janeiro januari tammikuu tammi styczeń stycznia sty leden ledna január ianuarie ocak oca января янв январь січня ιανουαρίου ιαν siječanj siječnja januára januarja yanvar",
	"february feb februar février févr fév fevrier febrero febbraio fevereiro fev februari helmikuu helmi luty lutego lut únor února február februarie şubat şub февраля фев февраль лютого φεβρουαρίου φεβ veljača veljače februára",
	"march mar märz maerz mär mrz mars marzo março marco maart mrt maaliskuu maalis marzec marca březen března március martie mart марта мар март березня μαρτίου μαρ ožujak ožujka",
	"april apr avril avr abril abr aprile aprilie huhtikuu huhti kwiecień kwietnia kwi duben dubna április nisan nis апреля апр апрель квітня απριλίου απρ travanj travnja apríla",
	"may mai mayo maggio mag maio mei maj toukokuu touko maja květen května május máj mayıs mayis мая май травня μαΐου μαι svibanj svibnja mája",
	"june jun juni juin junio giugno giu junho kesäkuu kesä czerwiec czerwca cze červen června június iunie haziran haz июня июн июнь червня ιουνίου ιουν lipanj lipnja júna",
	"july jul juli juillet juil julio luglio lug julho heinäkuu heinä lipiec lipca lip červenec července július iulie temmuz tem июля июл июль липня ιουλίου ιουλ srpanj srpnja júla",
	"august aug août aout agosto ago augustus elokuu elo sierpień sierpnia sie srpen srpna augusztus ağustos ağu августа авг август серпня αυγούστου αυγ kolovoz kolovoza augusta augusti",
	"september sep sept septembre septiembre settembre set setembro syyskuu syys wrzesień września wrz září szeptember septembrie eylül eyl сентября сен сент сентябрь вересня σεπτεμβρίου σεπ rujan rujna septembra",
	"october oct oktober okt octobre octubre ottobre ott outubro out lokakuu loka październik października paź říjen října október octombrie ekim eki октября окт октябрь жовтня οκτωβρίου οκτ októbra",
	"november nov novembre noviembre novembro marraskuu marras listopad listopada lis november novembra noiembrie kasım kas ноября ноя ноябрь листопада νοεμβρίου νοε studeni studenoga",
	"december dec dezember dez décembre déc diciembre dic dicembre dezembro joulukuu joulu grudzień grudnia gru prosinec prosince december decembrie aralık ara декабря дек декабрь грудня δεκεμβρίου δεκ prosinac prosinca decembra",
)

func monthTable(names ...string) map[string]int {
	table := map[string]int{}
	for i, list := range names {
		for name := range strings.FieldsSeq(list) {
			if _, taken := table[name]; !taken {
				table[name] = i + 1
			}
		}
	}
	return table
}

// zones are minutes east of Greenwich. Letters that mean several zones have the reading
// that feeds use most: IST is India, CST and EST are American, BST is British.
var zones = map[string]int{
	"gmt": 0, "ut": 0, "utc": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "ist": 330,
	"cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "cedt": 120,
	"eet": 120, "eest": 180, "sast": 120, "cat": 120, "wat": 60, "eat": 180,
	"msk": 180, "msd": 240, "trt": 180, "idt": 180, "gst": 240, "pkt": 300, "npt": 345,
	"wib": 420, "ict": 420, "hkt": 480, "sgt": 480, "myt": 480, "awst": 480, "pht": 480, "wita": 480,
	"jst": 540, "kst": 540, "wit": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
	"nzst": 720, "nzdt": 780,
	"est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360,
	"mst": -420, "mdt": -360, "mt": -420, "pst": -480, "pdt": -420, "pt": -480,
	"akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "nst": -210, "ndt": -150,
	"brt": -180, "brst": -120, "art": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "vet": -240,
}

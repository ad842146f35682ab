package config

import "wiredesk"

// file is everything that a config file may say. The comment of a field is its
// description in the JSON Schema, its tags are explained at [decoder].
type file struct {
	// Other files to read, relative to this one; * and ? match any name.
	Include texts `toml:"include"`

	Server  serverTable  `toml:"server"`
	Site    siteTable    `toml:"site"`
	Storage storageTable `toml:"storage"`
	Fetch   fetchTable   `toml:"fetch"`
	// For every source of this file and the files that it includes, unless the source says otherwise.
	Defaults sourceKeys `toml:"defaults"`
	// The feeds to poll.
	Sources []*sourceTable `toml:"source"`
	// OPML files or addresses whose feeds are polled too.
	ReadingLists []*readingListTable `toml:"reading_list"`
	// Lists of words for rules: each a list of texts, or one text with a word on each line.
	Lists map[string]wordList `toml:"lists"`
	// What to do with items, in order.
	Rules   []*ruleTable `toml:"rule"`
	Stories storiesTable `toml:"stories"`
	// What is published. Without one there is one feed named all.
	Feeds []*feedTable `toml:"feed"`

	Publish publishTable `toml:"publish"`
	WebSub  websubTable  `toml:"websub"`
	Status  statusTable  `toml:"status"`
	Notify  notifyTable  `toml:"notify"`
}

// stands is embedded in the struct of a table and knows where its header is.
type stands struct{ header wiredesk.Position }

func (s *stands) stand(at wiredesk.Position) { s.header = at }

// The web server that publishes.
type serverTable struct {
	stands

	// Where to listen: host:port, or unix: and a path.
	Listen text `toml:"listen" default:"127.0.0.1:8080"`
	// The address that readers use; it may have a path. Without it, http:// and listen.
	BaseURL text `toml:"base_url"`
	// Addresses or networks of proxies whose X-Forwarded-For counts, or "unix" for the one at the socket that listen is.
	TrustedProxies texts `toml:"trusted_proxies"`
	// The socket of the command line. Without it, beside the database and named after it: wiredesk.sock for wiredesk.db.
	Socket text `toml:"socket"`
	// Permissions of the socket.
	SocketMode mode `toml:"socket_mode" default:"0600"`
	// Group of the socket, by name or number. Without it, that of the process.
	SocketGroup text `toml:"socket_group"`
	// Where to answer /metrics for Prometheus: host:port, such as 127.0.0.1:9090. Empty for nowhere.
	Metrics text `toml:"metrics" default:""`
}

// What the published pages say of themselves.
type siteTable struct {
	stands

	// The title of the site.
	Title text `toml:"title" default:"wiredesk"`
	// The language of our own words, as in en or pt-BR.
	Language text `toml:"language" default:"en"`
	// The time zone of pages, as in Europe/Brussels.
	TimeZone text `toml:"time_zone" default:"UTC"`
	// The name of a feed to show at / in place of the list of feeds.
	Home text `toml:"home"`
	// A file with style for the pages, which is put after ours.
	CSS text `toml:"css"`
	// A folder with templates for the pages, which take the place of ours of the same name.
	Templates text `toml:"templates"`
}

// The database.
type storageTable struct {
	stands

	// The database file.
	Path text `toml:"path" default:"wiredesk.db"`
	// How long an item is kept after it left its source's document.
	Keep span `toml:"keep" default:"90d" min:"1h"`
	// How long an item is kept that was published.
	KeepPublished span `toml:"keep_published" default:"forever" min:"1h" forever:"true"`

	// How large the database may be; empty for no limit. When seven eighths are in use nothing is polled until there is room.
	MaxSize size `toml:"max_size" default:"" none:"true" min:"16MiB"`
}

// How sources are asked.
type fetchTable struct {
	stands
	pollKeys

	// Requests at the same time, in all.
	Concurrency count `toml:"concurrency" default:"64" min:"1" max:"10000"`
	// Requests at the same time to one host.
	PerHost count `toml:"per_host" default:"2" min:"1" max:"100"`
	// An address that says who you are; it goes into the User-Agent.
	Contact text `toml:"contact"`
	// Private networks that sources may live in.
	AllowNetworks texts `toml:"allow_networks"`
}

// pollKeys are the keys of [fetch] that a source may have as well.
type pollKeys struct {
	// The time between two polls, until it is known how often the source changes.
	Interval span `toml:"interval" default:"1h" min:"1s" max:"365d"`
	// The least time between two polls.
	MinInterval span `toml:"min_interval" default:"15m" min:"1s" max:"365d"`
	// The most time between two polls.
	MaxInterval span `toml:"max_interval" default:"24h" min:"1s" max:"365d"`
	// The time that one request may take, its body included.
	Timeout span `toml:"timeout" default:"30s" min:"1s" max:"10m"`
	// The largest document, after decompression.
	MaxBody size `toml:"max_body" default:"10MiB" min:"1KiB" max:"1GiB"`
	// The address of a proxy: http, https or socks5.
	Proxy text `toml:"proxy"`
}

// sourceKeys are the keys of a source that [defaults] and a reading list may have as well.
type sourceKeys struct {
	pollKeys

	// Tags for rules and feeds.
	Tags texts `toml:"tags"`
	// Sources with a higher one lead stories.
	Priority count `toml:"priority" default:"0" min:"-1000000" max:"1000000"`
	// How much of an item may be published.
	Content text `toml:"content" default:"full" oneof:"full summary none"`
	// Whether the page that an item links to is asked for the whole article.
	FullText flag `toml:"full_text" default:"false"`
	// Whether the link of an entry that left the feed while older ones stayed is asked, twice at most, if the source took it back; see withdrawn of feeds.
	CheckWithdrawn flag `toml:"check_withdrawn" default:"false"`
	// Not polled.
	Paused flag `toml:"paused" default:"false"`
	// Never named in anything published. A source with a secret is private unless this is false.
	Private flag `toml:"private" default:"false"`
	// The source may be on a private network.
	AllowPrivate flag `toml:"allow_private" default:"false"`
	// For HTTP Basic authentication.
	Username text `toml:"username"`
	// For HTTP Basic authentication; best as ${env:NAME} or ${file:PATH}.
	Password text `toml:"password"`
	// Header fields of requests.
	Headers pairs `toml:"headers"`
	// Whether tracking parameters are taken off links.
	Trackers text `toml:"trackers" default:"strip" oneof:"strip keep"`
	// Repair: which date of an item to believe, its own or that of its first sight.
	Dates text `toml:"dates" default:"source" oneof:"source seen"`
	// Repair: what identifies an item; link where guids change.
	GUID text `toml:"guid" default:"auto" oneof:"auto link"`
	// Repair: the address that relative links are relative to.
	Base text `toml:"base"`
	// What of its past a new source brings into a feed that is published already: a time, a number of items, or "all".
	Backfill backfill `toml:"backfill" default:"7d"`
	// How long an item waits for a corrected version before it is published.
	Settle span `toml:"settle" default:"0s" max:"30d"`
	// Anything, for rules and templates.
	Meta pairs `toml:"meta"`
}

// A feed to poll. Its address is enough.
type sourceTable struct {
	stands
	sourceKeys
	part *part // the file that it is in

	// The address: http, https or file, or a path.
	URL text `toml:"url"`
	// Several addresses that share this block, in place of url.
	URLs texts `toml:"urls"`
	// A handle for the command line.
	Name text `toml:"name"`
	// In place of the title that the feed gives itself.
	Title text `toml:"title"`
	// Addresses that this source had, oldest first; its items are carried over.
	Formerly texts `toml:"formerly"`
}

// An OPML file whose feeds are polled. Other keys are those of its sources; username, password and headers are for the list alone.
type readingListTable struct {
	stands
	sourceKeys
	part *part // the file that it is in

	// The address of an OPML file, or a path.
	URL text `toml:"url" jsonschema:"required"`
	// Whether its folders become tags.
	Folders text `toml:"folders" default:"tags" oneof:"tags ignore"`
}

// A condition on an item and what to do about it.
type ruleTable struct {
	stands

	// How explain calls the rule.
	Name text `toml:"name"`
	// Names of the feeds in which the rule counts; none means all.
	Feeds texts `toml:"feeds"`
	// The condition, an expression; none is always true.
	When text `toml:"when"`
	// Published in no feed.
	Drop flag `toml:"drop" default:"false"`
	// Waits until it is approved by hand.
	Hold flag `toml:"hold" default:"false"`
	// Tags to give.
	Tag texts `toml:"tag"`
	// Points to add to the score.
	Score score `toml:"score"`
	// An expression for the title to display.
	Title text `toml:"title"`

	// Not held, whatever rules before it said.
	Approve flag `toml:"approve" default:"false"`
	// No later rule is asked.
	Stop flag `toml:"stop" default:"false"`

	// Examples of what the rule must keep out: titles, or tables with title, text, link, language, authors, categories and tags.
	Drops examples `toml:"drops"`
	// Examples of what the rule must let through.
	Keeps examples `toml:"keeps"`
}

// How items of different sources become one story.
type storiesTable struct {
	stands

	// Whether items that tell the same become one story.
	Merge flag `toml:"merge" default:"true"`
	// How far apart such items may be.
	Window span `toml:"window" default:"72h" min:"1m" max:"365d"`
}

// A feed to publish, at /NAME.rss, /NAME.atom, /NAME.json and as the page /NAME.
type feedTable struct {
	stands

	// Letters a to z, digits and -; part of its addresses.
	Name text `toml:"name" jsonschema:"required"`
	// Without it, the name.
	Title text `toml:"title"`
	// What the feed is about.
	Description text `toml:"description"`
	// Without it, the language of the site.
	Language text `toml:"language"`
	// The address of a picture.
	Image text `toml:"image"`
	// The address of a page that the feed belongs to, in place of its own page.
	HomePage text `toml:"home_page"`
	// Who publishes the feed.
	Author text `toml:"author"`
	// The terms under which it is published.
	Rights text `toml:"rights"`
	// The condition for an item to be in the feed, an expression; none takes every item.
	Where text `toml:"where"`
	// An expression for the title to display.
	ItemTitle text `toml:"item_title"`
	// How many entries there are, if at_least does not ask for more.
	Limit count `toml:"limit" default:"50" min:"1" max:"10000"`
	// Entries of this time are shown in any case, up to limit_max.
	AtLeast span `toml:"at_least" max:"3650d"`
	// The most entries there are.
	LimitMax count `toml:"limit_max" default:"500" min:"1" max:"10000"`
	// Newest first, by when an item entered the feed or by its date.
	Order text `toml:"order" default:"entered" oneof:"entered published"`
	// What one entry is: the same text once, all that tell of one event, or each item for itself.
	Group text `toml:"group" default:"duplicate" oneof:"duplicate event none"`
	// How much of an item is shown.
	Content text `toml:"content" default:"full" oneof:"full summary none"`

	// Whether items wait until they are approved by hand: true, or an expression for those that do.
	Approve condition `toml:"approve"`
	// How long an item waits for a corrected version; the source's counts where it is longer.
	Settle span `toml:"settle" default:"0s" max:"30d"`
	// How many entries are announced on a day; what is over goes into one digest a day. 0 is no limit.
	MaxPerDay count `toml:"max_per_day" default:"0" min:"0" max:"10000"`

	// Whole paths, such as "/old.rss", that redirect to the feed.
	Formerly texts `toml:"formerly"`

	// What becomes of an announced entry that was hidden by hand, or that its source took back: as before, marked as withdrawn, or removed with a tombstone.
	Withdrawn text `toml:"withdrawn" default:"keep" oneof:"keep mark remove"`
}

// The site as static files.
type publishTable struct {
	stands

	// Folder that the whole site is written to on each change; empty for none.
	Dir text `toml:"dir"`
}

// Push in place of polling.
type websubTable struct {
	stands

	// Whether to subscribe to sources that name a hub.
	Subscribe flag `toml:"subscribe" default:"false"`

	// Who tells subscribers of our feeds at once: "builtin" for the hub at /hub, or the address of another hub. Empty for nobody.
	Hub text `toml:"hub" default:""`
}

// The feed that tells you, the owner, what became of the sources. No feed of yours ever does.
type statusTable struct {
	stands

	// Its secret: it is at /status/TOKEN.atom. At least 20 characters that nobody can guess, best as ${env:NAME} or ${file:PATH}. Empty for no such feed.
	Token text `toml:"token"`
}

// Who is told besides, whenever the state of a source changes.
type notifyTable struct {
	stands

	// An address that is sent each change, as JSON, by POST.
	Webhook text `toml:"webhook"`
	// Whether that address may be on a private network.
	AllowPrivate flag `toml:"allow_private" default:"false"`
	// A program, with its arguments, that gets each change as JSON on its standard input.
	Exec command `toml:"exec"`
}

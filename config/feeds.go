package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"wiredesk"
)

// reserved are names that addresses of the server's own have, or may have one day.
var reserved = []string{
	"admin", "api", "archive", "assets", "debug", "favicon", "feeds", "healthz", "hub", "icon", "index", "livez",
	"metrics", "opml", "readyz", "robots", "sitemap", "sources", "static", "status", "style", "websub",
}

const longestName = 64

var feedName = regexp.MustCompile(`^[a-z0-9-]+$`)

// feeds fills in the feeds of the config: one named all, if there is none.
func (b *builder) feeds(c *Config) {
	if len(b.file.Feeds) == 0 {
		all := feedTable{Name: text{s: "all", raw: "all"}, Title: text{s: c.Site.Title}}
		b.shapes.preset(&all)
		c.Feeds = []wiredesk.Feed{feed(&all, c.Site.Language)}
	}
	names := names{b: b, what: "feed"}
	for _, t := range b.file.Feeds {
		b.shapes.preset(t)
		b.checkFeed(t)
		if !t.Name.set() {
			if !b.incomplete {
				b.problem(t.header, "this feed has no name", `add name = "…", of a to z, 0 to 9 and -`)
			}
			continue
		}
		if b.checkFeedName(&t.Name) && names.add(&t.Name) {
			c.Feeds = append(c.Feeds, feed(t, c.Site.Language))
		}
	}
	home := &b.file.Site.Home
	if home.s != "" {
		b.known("site.home", home, c.Feeds)
	}
}

func feed(t *feedTable, language string) wiredesk.Feed {
	f := wiredesk.Feed{
		Name:        t.Name.s,
		Title:       cmp.Or(t.Title.s, t.Name.s),
		Description: t.Description.s,
		Language:    cmp.Or(t.Language.s, language),
		Image:       t.Image.s,
		HomePage:    t.HomePage.s,
		Author:      t.Author.s,
		Rights:      t.Rights.s,
		Where:       t.Where.s,
		WhereAt:     t.Where.inner,
		ItemTitle:   t.ItemTitle.s,
		TitleAt:     t.ItemTitle.inner,
		Limit:       t.Limit.n,
		AtLeast:     t.AtLeast.d,
		LimitMax:    t.LimitMax.n,
		Content:     content(t.Content.s),
		Approve:     t.Approve.s,
		ApproveAt:   t.Approve.inner,
		Settle:      t.Settle.d,
		MaxPerDay:   t.MaxPerDay.n,
		Position:    t.header,
	}
	f.Group = map[string]wiredesk.Group{"event": wiredesk.GroupEvent, "none": wiredesk.GroupNone}[t.Group.s]
	f.Withdrawn = map[string]wiredesk.Withdrawn{"mark": wiredesk.WithdrawnMark, "remove": wiredesk.WithdrawnRemove}[t.Withdrawn.s]
	if t.Order.s == "published" {
		f.Order = wiredesk.OrderPublished
	}
	// Who asks for more than the default maximum means it.
	if !t.LimitMax.set() {
		f.LimitMax = max(f.LimitMax, f.Limit)
	}
	return f
}

func (b *builder) checkFeed(t *feedTable) {
	b.language("feed.language", &t.Language)
	if t.Image.s != "" {
		b.webAddress("feed.image", &t.Image)
	}
	if t.HomePage.s != "" {
		b.webAddress("feed.home_page", &t.HomePage)
	}
	if t.LimitMax.set() && t.LimitMax.n < t.Limit.n {
		b.problem(t.LimitMax.at, fmt.Sprintf("feed: limit_max %d is below limit %d", t.LimitMax.n, t.Limit.n), "limit_max is the most that at_least may ask for")
	}
}

// checkFeedName reports whether a name can be part of an address.
func (b *builder) checkFeedName(name *text) bool {
	switch {
	case name.bad:
	case !feedName.MatchString(name.s):
		b.problem(name.at, "feed.name: "+name.show()+" has other characters than a to z, 0 to 9 and -", "it is part of the feed's addresses")
	case len(name.s) > longestName:
		b.problem(name.at, fmt.Sprintf("feed.name: %s is longer than %d characters", name.show(), longestName), "")
	case slices.Contains(reserved, name.s):
		b.problem(name.at, "feed.name: /"+name.s+" is an address of wiredesk's own", "choose another name, such as "+name.s+"-feed")
	default:
		return true
	}
	return false
}

// known checks that a text is the name of a feed.
func (b *builder) known(key string, name *text, feeds []wiredesk.Feed) {
	var names []string
	for _, f := range feeds {
		names = append(names, f.Name)
	}
	if b.incomplete || slices.Contains(names, name.s) {
		return
	}
	b.problem(name.at, fmt.Sprintf("%s: there is no feed %s", key, name.show()), wiredesk.DidYouMean(name.s, names))
}

// rules fills in the rules of the config. One without a name is called by its number.
func (b *builder) rules(c *Config) {
	names := names{b: b, what: "rule"}
	for i, t := range b.file.Rules {
		if t.Name.s != "" {
			names.add(&t.Name)
		}
		if !b.troubled(t) && !t.Drop.on && !t.Hold.on && len(t.Tag.items) == 0 && t.Score.n == 0 && t.Title.s == "" && !t.Approve.on && !t.Stop.on {
			b.problem(t.header, "this rule does nothing", "add drop, hold, approve, tag, score, title or stop")
		}
		if t.Hold.on && t.Approve.on {
			b.problem(t.Approve.at, "this rule holds and approves", "take one of them out")
		}
		if t.Drop.on && (t.Hold.on || t.Approve.on) {
			b.problem(t.Drop.at, "this rule drops, and holds or approves", "what is dropped is in no feed: take one of them out")
		}
		if t.When.set() && strings.TrimSpace(t.When.s) == "" {
			b.problem(t.When.at, "rule.when is empty", "leave it out if the rule is for every item")
		}
		b.examples(t)
		for j := range t.Feeds.items {
			b.known("rule.feeds", &t.Feeds.items[j], c.Feeds)
		}
		c.Rules = append(c.Rules, wiredesk.Rule{
			Name:     cmp.Or(t.Name.s, fmt.Sprintf("rule %d", i+1)),
			Feeds:    t.Feeds.plain(),
			When:     t.When.s,
			WhenAt:   t.When.inner,
			Drop:     t.Drop.on,
			Hold:     t.Hold.on,
			Approve:  t.Approve.on,
			Stop:     t.Stop.on,
			Tags:     t.Tag.plain(),
			Score:    t.Score.n,
			Title:    t.Title.s,
			TitleAt:  t.Title.inner,
			Keeps:    t.Keeps.items,
			Drops:    t.Drops.items,
			Position: t.header,
		})
	}
}

// troubled reports whether something in a rule, or in what comes after it and before the next
// rule, could not be read: it may be just what would complete the rule.
func (b *builder) troubled(t *ruleTable) bool {
	if b.incomplete {
		return true
	}
	after := t.header
	for _, p := range b.unread {
		if p.Position.File == after.File && p.Position.Line > after.Line &&
			!slices.ContainsFunc(b.file.Rules, func(o *ruleTable) bool {
				return o.header.File == after.File && o.header.Line > after.Line && o.header.Line <= p.Position.Line
			}) {
			return true
		}
	}
	return false
}

// listName is what an expression can call a list.
var listName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (b *builder) lists() map[string][]string {
	lists := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(b.file.Lists)) {
		list := b.file.Lists[name]
		if !listName.MatchString(name) {
			b.problem(list.at, fmt.Sprintf("lists: %q is no name for a list", name), "letters, digits and _, for expressions")
			continue
		}
		lists[name] = append([]string{}, list.plain()...)
	}
	return lists
}

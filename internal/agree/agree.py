# Compares what we read (JSON on standard input) with what feedparser reads.
import calendar, collections, html, json, re, sys, time
from urllib.parse import unquote
import feedparser

mode, verbose = sys.argv[1], sys.argv[2] == "true"
files = json.load(sys.stdin)
NOW = "2026-01-01T00:00:00Z"


def plain(s):
    s = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", s or "")
    s = html.unescape(re.sub(r"(?s)<[a-zA-Z/!][^>]*>", "", s))
    return re.sub(r"[\s\u200b\ufeff\u202a-\u202e]+", " ", s).strip()


def headers(f):
    h = {"content-location": f["URL"]}
    if f["ContentType"]:
        h["content-type"] = f["ContentType"]
    return h


def address(s):
    return unquote(s or "").replace("&amp;", "&").strip()


def bare(s):
    s = re.sub(r"(utm_\w+|_ga|xtor|partner|fbclid)=[^&#]*&?", "", address(s))
    return re.sub(r"[?&#]+$", "", s)


def when(e):
    for key in ("published_parsed", "created_parsed", "updated_parsed"):
        if e.get(key):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", e[key])
    return ""


def fields(a, e, fp):
    """For each field: ours, theirs, and the class of the difference, or None."""
    ours, theirs = a["Title"], plain(e.get("title")) if e.get("title_detail", {}).get("type") != "text/plain" else re.sub(r"\s+", " ", e.get("title", "")).strip()
    k = None
    if ours != theirs and plain(ours) != plain(theirs):
        k = "theirs is empty" if not theirs else "ours is empty" if not ours else "we cut it" if ours.endswith("…") else "encoding" if not theirs.isascii() else "differs"
    yield "title", ours, theirs, k

    ours, theirs = a["Link"], e.get("link", "")
    k = None
    if address(ours) != address(theirs):
        others = [l.get("href", "") for l in e.get("links", [])]
        if not theirs:
            k = "theirs is empty"
        elif ours == e.get("feedburner_origlink") or bare(ours) == bare(e.get("feedburner_origlink")):
            k = "we take the address behind FeedBurner"
        elif bare(ours) == bare(theirs):
            k = "we strip trackers"
        elif not theirs.lower().startswith("http"):
            k = "theirs is not http(s)"
        elif not ours:
            k = "ours is empty"
        elif address(ours) in map(address, others):
            k = "another link of the entry"
        elif address(ours).split("/")[3:] == address(theirs).split("/")[3:] or "127.0.0.1" in theirs:
            k = "relative to the channel's link, not the document"
        else:
            k = "differs"
    yield "link", ours, theirs, k

    ours, theirs = a["GUID"], e.get("id", "")
    k = None
    if ours != theirs:
        k = "theirs is empty" if not theirs else "white space" if ours.split() == theirs.split() else "theirs is made absolute" if theirs.endswith(ours) and ours else "ours is empty" if not ours else "theirs is re-encoded" if address(ours) == address(theirs) else "differs"
    yield "id", ours, theirs, k

    ours, theirs = a["Published"][:19] + "Z", when(e)
    k = None
    if ours != theirs:
        said = e.get("published") or e.get("updated") or e.get("created") or ""
        if ours == NOW and not theirs:
            pass
        elif ours == NOW:
            k = "we do not believe it" if a["DateSaid"] else "ours is empty"
        elif not theirs:
            k = "theirs is empty"
        elif re.search(r"[A-Z]{3,4}$", said) and not said.endswith(("GMT", "UTC")):
            k = "zone by name"
        else:
            k = "differs"
    yield "date", ours, theirs, k

    ours = [x["Name"] or x["Email"] or x["URL"] for x in a["Authors"] or []]
    theirs = [plain(x.get("name") or x.get("email") or x.get("href") or "") for x in e.get("authors", []) if x]
    theirs = [x for x in theirs if x]
    k = None
    if ours != theirs:
        feed = [plain(x.get("name", "")) for x in fp.feed.get("authors", []) if x]
        if not theirs:
            k = "inherited" if ours == feed or fp.version.startswith(("atom", "json")) else "theirs is empty"
        elif not ours:
            k = "ours is empty"
        elif set(theirs) < set(ours):
            k = "we have more"
        elif set(ours) == set(theirs):
            k = "order or repetition"
        elif set(ours) < set(theirs):
            k = "we have fewer"
        else:
            k = "differs"
    yield "author", "; ".join(ours), "; ".join(theirs), k

    ours = {address(x["URL"]): (x["Type"], x["Length"]) for x in a["Enclosures"] or []}
    theirs = {address(x.get("href")): ((x.get("type") or "").lower(), int(x["length"]) if str(x.get("length", "")).isdigit() else 0) for x in e.get("enclosures", [])}
    k = None
    if ours != theirs:
        if set(theirs) < set(ours):
            k = "we have those of Media RSS too"
        elif set(theirs) == set(ours):
            k = "type or length"
        elif not ours:
            k = "ours is empty"
        else:
            k = "differs"
    yield "enclosures", str(ours), str(theirs), k


def compare():
    count = collections.Counter()
    totals, agree, classes = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter)
    for f in files:
        with open(f["Path"], "rb") as h:
            try:
                fp = feedparser.parse(h.read(), response_headers=headers(f))
            except Exception as e:
                count["feedparser fails"] += 1
                continue
        count["files"] += 1
        theirs, ours = fp.entries, f["Items"] or []
        if not fp.version and f["Error"]:
            count["no feed to either"] += 1
            continue
        if f["Error"] or len(ours) != len(theirs):
            count["entry count differs"] += 1
            print("entries: we %d, they %d: %s %s" % (len(ours), len(theirs), f["Path"], f["Error"]))
        else:
            count["entry count agrees"] += 1
        for a, e in zip(ours, theirs):
            count["entries compared"] += 1
            for name, mine, other, k in fields(a, e, fp):
                totals[name] += 1
                if k is None:
                    agree[name] += 1
                else:
                    classes[name][k] += 1
                    if verbose and classes[name][k] <= 6:
                        print("%s: %s\n   ours   %.200r\n   theirs %.200r\n   %s" % (name, k, mine, other, f["Path"]))
    for k, n in count.items():
        print("%-24s %6d" % (k, n))
    for name in totals:
        print("%-12s %6d of %6d agree (%.1f %%)" % (name, agree[name], totals[name], 100 * agree[name] / totals[name]))
        for k, n in classes[name].most_common():
            print("    %-50s %6d" % (k, n))


class Loose(str):
    """A text that equals another if the same can be read in both."""

    def __eq__(self, other):
        return isinstance(other, str) and (str(self) == str(other) or plain(plain(self)) == plain(plain(other)) or address(self) == address(other))

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


class Ours(feedparser.FeedParserDict):
    """What we read, under feedparser's names."""


def person(a):
    d = Ours()
    for k, v in (("name", a["Name"]), ("email", a["Email"]), ("href", a["URL"])):
        if v:
            d[k] = Loose(v)
    return d


def people(d, authors):
    authors = [person(a) for a in authors or []]
    if authors:
        d["authors"], d["author_detail"] = authors, authors[0]
        a = authors[0]
        name, mail = a.get("name", ""), a.get("email", "")
        d["author"] = Loose("%s (%s)" % (name, mail) if name and mail else name or mail)


def put(d, **kv):
    for k, v in kv.items():
        if v not in ("", None, [], 0) or k in ("title", "description"):
            d[k] = Loose(v) if isinstance(v, str) else v


def moment(s):
    return time.gmtime(calendar.timegm(time.strptime(s[:19], "%Y-%m-%dT%H:%M:%S")))


def as_feedparser(f):
    c, r = f["Channel"], Ours()
    feed = Ours()
    put(feed, title=c["Title"], link=c["Link"], id=c["ID"], description=c["Description"], subtitle=c["Description"], tagline=c["Description"],
        language=c["Language"], generator=c["Generator"], rights=c["Rights"], copyright=c["Rights"])
    people(feed, c["Authors"])
    if c["Image"]:
        feed["image"] = Ours(href=Loose(c["Image"]), url=Loose(c["Image"]))
        feed["logo"] = Loose(c["Image"])
    r["feed"] = r["channel"] = feed
    r["entries"] = r["items"] = [entry(i) for i in f["Items"] or []]
    return r


def entry(i):
    e = Ours()
    put(e, title=i["Title"], link=i["Link"], id=i["GUID"], guid=i["GUID"], comments=i["Comments"], rights=i["Rights"], language=i["Language"])
    people(e, i["Authors"])
    body = i["Content"] or i["Summary"]
    put(e, summary=i["Summary"] or i["Content"], description=i["Summary"] or i["Content"])
    if body:
        e["content"] = [Ours(value=Loose(body))]
    if i["Categories"]:
        e["tags"] = [Ours(term=Loose(c["Term"]), scheme=Loose(c["Scheme"]) if c["Scheme"] else None, label=Loose(c["Label"]) if c["Label"] else None) for c in i["Categories"]]
        e["category"] = e["tags"][0]["term"]
    e["links"] = [Ours(rel="alternate", href=Loose(i["Link"]))] if i["Link"] else []
    e["links"] += [Ours(href=Loose(x["URL"]), url=Loose(x["URL"]), type=x["Type"], length=str(x["Length"]), rel="enclosure") for x in i["Enclosures"] or []]
    if i["Published"] != NOW:
        e["published_parsed"] = e["created_parsed"] = moment(i["Published"])
        e["updated_parsed"] = moment(i["Updated"]) if not i["Updated"].startswith("0001") else e["published_parsed"]
        e["date_parsed"] = e["published_parsed"]
    if i["Origin"]:
        o = i["Origin"]
        e["source"] = Ours()
        put(e["source"], title=o["Title"], href=o["URL"], url=o["URL"], link=o["Link"], id=o["ID"])
    return e


def expect():
    count, failed = collections.Counter(), collections.Counter()
    for f in files:
        with open(f["Path"], "rb") as h:
            raw = h.read()
        text = raw.replace(b"\0", b"").decode("utf-8", "replace")
        m = re.search(r"Expect:\s*(.*?)\s*(?:-->|\n\s*\n|\n\s*[A-Z][a-z]+:)", text, re.S)
        if not m:
            count["no expectation"] += 1
            continue
        wish = re.sub(r"\s+", " ", m.group(1))
        folder = "/".join(f["Path"].split("/tests/")[-1].split("/")[:-1])
        if f["Error"]:
            count["not read"] += 1
            failed[folder] += 1
            print("not read: %s: %s" % (f["Path"], f["Error"]))
            continue
        # Only whether something is said about bozo matters: we have no such flag.
        env = as_feedparser(f)
        env["bozo"] = not re.match(r"\(?not bozo", wish)
        if re.fullmatch(r"(not )?bozo|1", wish):
            count["about well-formedness only"] += 1
            continue
        try:
            ok = eval(wish, {"__builtins__": {"len": len, "ord": ord, "str": str, "int": int, "abs": abs, "tuple": tuple}}, env)
        except (KeyError, IndexError, AttributeError, NameError, TypeError):
            count["not ours to have"] += 1
            if verbose and re.search(r"\['?(title|link|id|guid|author|description|summary)'?\] ==|enclosures", wish):
                print("missing: %s\n    %s" % (wish[:200], f["Path"]))
            continue
        except Exception:
            count["not evaluated"] += 1
            continue
        if ok:
            count["holds"] += 1
        else:
            count["fails"] += 1
            failed[folder] += 1
            if verbose:
                print("fails: %s\n    %s" % (wish[:300], f["Path"]))
                if "entries[0]" in wish and env["entries"]:
                    for key in re.findall(r"entries\[0\](?:\['|\.)(\w+)", wish)[:1]:
                        print("    ours: %.200r" % (env["entries"][0].get(key),))
                else:
                    for key in re.findall(r"feed(?:\['|\.)(\w+)", wish)[:1]:
                        print("    ours: %.200r" % (env["feed"].get(key),))
    for k, n in count.most_common():
        print("%-30s %6d" % (k, n))
    for k, n in failed.most_common():
        print("    fails in %-40s %4d" % (k, n))


compare() if mode == "compare" else expect()

package main

import "context"

const xmlFeedScript = `
use XML::Feed; use JSON::PP; use URI; $XML::Atom::ForceUnicode = 1; binmode STDOUT, ":utf8";
my $feed = XML::Feed->parse(URI->new($ARGV[0])) or die XML::Feed->errstr;
for my $e ($feed->entries) {
    my $author = $e->author; $author = join(", ", @$author) if ref $author eq "ARRAY";
    $XML::Feed::MULTIPLE_ENCLOSURES = 1;
    my $at = $e->issued;
    print JSON::PP->new->canonical->encode({
        ID => $e->id, Title => $e->title // "", Link => $e->link // "", Published => $at ? $at->set_time_zone("UTC")->strftime("%Y-%m-%dT%H:%M:%SZ") : "",
        Authors => $author // "", Enclosures => join(" ", map { $_->url } $e->enclosure) }), "\n";
}
`

func readXMLFeed(ctx context.Context, j *job) ([]entry, error) {
	return j.lines(j.command(ctx, "perl", "-e", xmlFeedScript, j.url))
}

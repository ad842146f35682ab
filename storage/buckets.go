package storage

import (
	"encoding/binary"

	"wiredesk"
)

// The buckets. Numbers in keys are big endian, so that keys sort as their numbers do. Records, and
// the numbers of address and identity, are sealed: see seal.go.
//
//	bucket        key                    value
//	meta          name                   "schema", "created", "pruned", "built": see migrate.go, prune.go, built.go
//	source        SourceID               sourceRecord: address now, first address
//	address       address                SourceID
//	state         SourceID               stateRecord
//	due           SourceID               milliseconds since 1970
//	item          ItemID                 itemRecord, without summary and content
//	body          ItemID 0|1             first and newest summary and content, compressed
//	face          SourceID               faceRecord: how the source last presented itself without suspicion
//	fulltext      ItemID                 fullTextRecord: what came of asking the page, compressed
//	absence       SourceID ItemID        absenceRecord: it left the document while older ones stayed, and is asked about
//	whole         SourceID               wholeRecord: since when the articles of its items are wanted
//	pause         host                   milliseconds since 1970: until when it asked, for a page, to be left alone
//	tomb          ItemID                 itemRecord of a purged item: only what tells it from others
//	identity      SourceID Identity      ItemID; 0 where it stood for two items at once
//	story         ItemID                 assignmentRecord
//	decision      number                 decisionRecord
//	verdict       feed 0 ItemID          verdictRecord
//	ledger        feed 0 ItemID          rowRecord
//	feed          feed                   feedRecord
//	rule          key                    ruleRecord: since when it is in force, what it last applied to
//	list          address                listRecord: the last good copy of a reading list
//	stamp         path                   stampRecord: hash of a document and when it changed
//	subscription  last part of the callback subscriptionRecord
//	follower      hash of topic, callback followerRecord: who subscribed at our hub, and what it was sent
//	ping          topic                  pingRecord: what the hub elsewhere was told of it
//	told          SourceID               conditionRecord: what the owner was told of a source that is not well
//	event         number                 eventRecord
//	delivered     channel                number of the newest event that it has
var (
	bucketMeta     = []byte("meta")
	bucketSource   = []byte("source")
	bucketAddress  = []byte("address")
	bucketState    = []byte("state")
	bucketDue      = []byte("due")
	bucketItem     = []byte("item")
	bucketBody     = []byte("body")
	bucketTomb     = []byte("tomb")
	bucketIdentity = []byte("identity")
	bucketStory    = []byte("story")
	bucketDecision = []byte("decision")
	bucketVerdict  = []byte("verdict")
	bucketLedger   = []byte("ledger")
	bucketFeed     = []byte("feed")
	bucketList     = []byte("list")
	bucketStamp    = []byte("stamp")

	bucketRule         = []byte("rule")
	bucketSubscription = []byte("subscription")
	bucketFullText     = []byte("fulltext")
	bucketFace         = []byte("face")
	bucketPause        = []byte("pause")
	bucketWhole        = []byte("whole")
	bucketAbsence      = []byte("absence")
	bucketFollower     = []byte("follower")
	bucketPing         = []byte("ping")
	bucketTold         = []byte("told")
	bucketEvent        = []byte("event")
	bucketDelivered    = []byte("delivered")
)

var buckets = [][]byte{
	bucketMeta, bucketSource, bucketAddress, bucketState, bucketDue, bucketItem, bucketBody, bucketTomb,
	bucketIdentity, bucketStory, bucketDecision, bucketVerdict, bucketLedger, bucketFeed, bucketList, bucketStamp,
	bucketSubscription, bucketRule, bucketFullText, bucketFace, bucketPause, bucketWhole, bucketAbsence,
	bucketFollower, bucketPing,
	bucketTold, bucketEvent, bucketDelivered,
}

// Keys of the bucket meta.
var (
	keySchema  = []byte("schema")
	keyCreated = []byte("created")
	keyPruned  = []byte("pruned")
	keyBuilt   = []byte("built")
)

// The two bodies that are kept of an item.
const (
	bodyFirst  = 0
	bodyNewest = 1
)

// How many bytes the numbers have.
const (
	sourceSize = 4
	itemSize   = 8
)

func keySource(id wiredesk.SourceID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

func keyItem(id wiredesk.ItemID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

func keyBody(id wiredesk.ItemID, which byte) []byte { return append(keyItem(id), which) }

func keyIdentity(source wiredesk.SourceID, id wiredesk.Identity) []byte {
	return append(keySource(source), id[:]...)
}

func keyFeedItem(feed string, id wiredesk.ItemID) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(feed), 0), uint64(id))
}

// splitFeedItem takes a key of keyFeedItem apart. A feed's name has no zero byte.
func splitFeedItem(key []byte) (feed string, id wiredesk.ItemID, ok bool) {
	n := len(key) - 9
	if n < 0 || key[n] != 0 {
		return "", 0, false
	}
	return string(key[:n]), itemIn(key[n+1:]), true
}

func sourceIn(b []byte) wiredesk.SourceID {
	if len(b) < 4 {
		return 0
	}
	return wiredesk.SourceID(binary.BigEndian.Uint32(b))
}

func itemIn(b []byte) wiredesk.ItemID {
	if len(b) < 8 {
		return 0
	}
	return wiredesk.ItemID(binary.BigEndian.Uint64(b))
}

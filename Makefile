# What CI runs, by hand. See CONTRIBUTING.md.

GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

.PHONY: build release test lint fuzz bench grade plan soak kill golden agree stories readers schema

build:
	go build -trimpath -ldflags=-s -o wiredesk ./cmd/wiredesk

test:
	go test -race -shuffle=on ./...

lint:
	go vet ./...
	go run $(GOLANGCI_LINT) run ./...
	go mod tidy -diff

# Every fuzz target of every package, two at a time.
fuzz:
	@for pkg in $$(grep -rl --include=*_test.go '^func Fuzz' . | xargs -n 1 dirname | sort -u); do \
		go test -list '^Fuzz' $$pkg | sed -n "s|^Fuzz|$$pkg &|p"; \
	done | xargs -P 2 -L 1 .ci/fuzz $(FUZZTIME)

bench:
	go run ./internal/bench
	go test -run '^$$' -bench . -benchmem ./...

# Our poller against a strict origin: each check of polling with pass or fail.
grade:
	@go test ./internal/grader -run TestGrade -count=1 -v | \
		awk '/^ +P-|grader_test.go:.*: .*: / { print } /FAIL/ { bad = 1 } END { exit bad }'

# What plan says against what a reload does, over a thousand random edits of a config.
plan:
	go test ./cmd/wiredesk -run TestPlanIsWhatReloadDoes -count=1 -v -args -edits 1000

# 30 virtual days: of 200 sources of every kind, every request judged by the origin; and of the
# whole desk with 300 sources of which one answer in ten is wrong. Then 200 lives of a desk beside a
# model of it, a start with 100,000 items of 5,000 sources, and 18,000 states of one source.
soak:
	go test ./internal/grader -run TestSoak -count=1 -v -timeout 30m -args -soak
	go test ./cmd/wiredesk -run TestSoak -count=1 -v -timeout 60m -args -days 30
	go test ./cmd/wiredesk -run 'TestModel|TestStartUp' -count=1 -v -timeout 60m -args -rapid.checks 200 -items 100000 -sources 5000
	go test ./storage -run TestManyStates -count=1 -v -args -states 18000

# The daemon is ended 500 times, at named points and anywhere, as a seed of its own says. It takes
# a quarter of an hour.
kill:
	go test ./cmd/wiredesk -run TestKilledAtNamedPoints -count=1 -v -timeout 90m -args -lives 500 -seed $$(date +%s)

golden:
	go test ./... -update

# Compare our parsing with python3-feedparser over a folder of feeds: make agree FEEDS=DIR
agree:
	go run ./internal/agree $(FEEDS)

# How well we tell same stories: make stories FILE=headlines.csv (ID, TITLE, STORY, TIMESTAMP)
stories:
	go run ./internal/stories $(FILE)

# What feed readers that are installed say of a difficult feed, and was not meant.
readers:
	go run ./internal/readers

schema:
	go generate ./config

# Archives, Debian packages and checksums of a release, in dist/.
release:
	deploy/release

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"wiredesk"
	"wiredesk/storage"
)

// A running wiredesk is the daemon on a loopback port.
type running struct {
	*wire
	base string
	cmd  *exec.Cmd
	said bytes.Buffer
	anon int // peak of RssAnon in KiB
	done chan struct{}
}

// freePort returns a port that nobody has now.
func freePort() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// prepare builds the program and writes it a config that subscribes and has a hub.
func prepare(more string) (*running, error) {
	w, err := build(0, nil)
	if err != nil {
		return nil, err
	}
	address, err := freePort()
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("[server]\nlisten = %q\n[websub]\nsubscribe = true\nhub = \"builtin\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n%s", address, more)
	return &running{wire: w, base: "http://" + address, done: make(chan struct{})}, os.WriteFile(w.file("wiredesk.toml"), []byte(config), 0o600)
}

func (r *running) start() error {
	r.cmd = exec.CommandContext(context.Background(), r.file("wiredesk"), "run", "--config", r.file("wiredesk.toml")) //nolint:gosec // it is ours
	r.cmd.Stderr = &r.said
	if err := r.cmd.Start(); err != nil {
		return err
	}
	go func() { // until it is gone
		for {
			now := anonymous(r.cmd.Process.Pid)
			if now == 0 {
				close(r.done)
				return
			}
			r.anon = max(r.anon, now)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return nil
}

// stop ends it; anon is the peak after that.
func (r *running) stop() error {
	defer r.close()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := r.cmd.Wait()
	<-r.done
	if err == nil && strings.Contains(r.said.String(), `"level":"ERROR"`) {
		err = errors.New("it was not all well")
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, r.said.Bytes())
	}
	return nil
}

// until waits for something to come true.
func (r *running) until(what string, yes func() bool) error {
	for deadline := time.Now().Add(2 * time.Minute); !yes(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited in vain until %s: %s", what, r.said.Bytes())
		}
	}
	return nil
}

// push measures how long it takes from a push that comes in to the push that goes out.
func push(out io.Writer) error {
	const feeds, pushes = 10, 200
	p, err := newPress()
	if err != nil {
		return err
	}
	defer p.close()
	var config strings.Builder
	for i := range feeds {
		fmt.Fprintf(&config, "[[source]]\nurl = %q\ntags = [\"t%d\"]\n[[feed]]\nname = \"f%d\"\nwhere = '\"t%d\" in tags'\n", p.at(1, fmt.Sprintf("/source/%d", i)), i, i, i)
	}
	w, err := prepare(config.String())
	if err != nil {
		return err
	}
	if err := w.start(); err != nil {
		return err
	}
	if err := w.until("the sources can be pushed", func() bool { return p.pushable(feeds) }); err != nil {
		return errors.Join(err, w.stop())
	}
	for i := range feeds {
		if err := w.follow(i, p.at(1, fmt.Sprintf("/told/%d", i))); err != nil {
			return errors.Join(err, w.stop())
		}
	}
	time.Sleep(2 * time.Second) // they are verified, and the first builds are over
	var took []time.Duration
	for k := range pushes {
		one, err := p.through(k % feeds)
		if err != nil {
			return errors.Join(err, w.stop())
		}
		took = append(took, one)
		time.Sleep(50*time.Millisecond + rand.N(600*time.Millisecond)) //nolint:gosec // no secret
	}
	slices.Sort(took)
	fmt.Fprintf(out, "push in to push out, %d feeds, %d pushes: median %v, p99 %v, worst %v, goal p99 250ms\n", feeds, pushes,
		took[pushes/2].Round(time.Millisecond), took[pushes*99/100-1].Round(time.Millisecond), took[pushes-1].Round(time.Millisecond))
	return w.stop()
}

// follow subscribes a callback to a feed.
func (r *running) follow(feed int, callback string) error {
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {fmt.Sprintf("%s/f%d.rss", r.base, feed)}, "hub.callback": {callback}, "hub.secret": {"secret"}}
	resp, err := http.PostForm(r.base+"/hub", form) //nolint:noctx // it is ours
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		said, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("the hub answered %d %s", resp.StatusCode, said)
	}
	return nil
}

// through pushes one source and waits until the subscriber of its feed was sent what is new.
func (p *press) through(n int) (time.Duration, error) {
	got := make(chan time.Time, 1)
	title := p.next(n)
	p.mu.Lock()
	p.told = func(to int, body []byte) {
		if to == n && bytes.Contains(body, []byte(title)) {
			select {
			case got <- time.Now():
			default:
			}
		}
	}
	p.mu.Unlock()
	began, err := p.push(n)
	if err != nil {
		return 0, err
	}
	select {
	case at := <-got:
		return at.Sub(began), nil
	case <-time.After(30 * time.Second):
		return 0, fmt.Errorf("%s never came", title)
	}
}

// followers measures how long it takes until many subscribers of one feed are told.
func followers(out io.Writer, many int) error {
	const hosts = 20
	p, err := newPress()
	if err != nil {
		return err
	}
	defer p.close()
	w, err := prepare(fmt.Sprintf("[[source]]\nurls = [%q, %q]\n[[feed]]\nname = \"all\"\n", p.at(1, "/source/0"), p.at(1, "/source/1")))
	if err != nil {
		return err
	}
	if err := w.subscribers(p, many, hosts); err != nil {
		return err
	}
	c := &crowd{many: many, seen: make(map[int]bool, many)}
	p.mu.Lock()
	p.told = c.take
	p.mu.Unlock()
	c.wait(fmt.Sprintf("Article %d of blog 1", itemsPerFeed-1))
	if err := w.start(); err != nil {
		return err
	}
	err = w.until("everybody has the first version", c.all)
	if err == nil {
		err = w.until("the sources can be pushed", func() bool { return p.pushable(2) })
	}
	if err != nil {
		return errors.Join(err, w.stop())
	}
	time.Sleep(2 * time.Second)
	c.wait(p.next(0))
	began, err := p.push(0)
	if err == nil {
		err = w.until("everybody is told", c.all)
	}
	if err != nil {
		return errors.Join(err, w.stop())
	}
	if err := w.stop(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d subscribers to one topic of %d KB on %d hosts: all told %.1f s after the push came in, half after %.1f s, goal 10 s; peak memory %d MiB, goal 200 MiB\n",
		many, c.size>>10, hosts, c.last.Sub(began).Seconds(), c.half.Sub(began).Seconds(), w.anon>>10)
	return nil
}

// subscribers writes subscribers into a new database, as if they had been verified long ago. Each
// has a secret of its own.
func (r *running) subscribers(p *press, many, hosts int) error {
	s, err := storage.Open(r.file("wiredesk.db"), storage.Options{Create: true})
	if err != nil {
		return err
	}
	now := time.Now()
	all := make([]wiredesk.Follower, many)
	for i := range all {
		all[i] = wiredesk.Follower{
			Topic: r.base + "/all.rss", Callback: p.at(1+i%hosts, fmt.Sprintf("/told/%d", i)), Secret: fmt.Sprint("secret", i),
			Since: now, Until: now.Add(24 * time.Hour),
		}
	}
	return errors.Join(s.ChangeFollowers(context.Background(), all, nil), s.Close())
}

// A crowd is everybody who subscribed, and who has what is waited for.
type crowd struct {
	many int

	mu         sync.Mutex
	word       []byte
	seen       map[int]bool
	size       int
	half, last time.Time
}

// wait waits anew, for a version with this word.
func (c *crowd) wait(word string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.word = []byte(word)
	clear(c.seen)
}

func (c *crowd) take(n int, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[n] || !bytes.Contains(body, c.word) {
		return
	}
	c.seen[n], c.size, c.last = true, len(body), time.Now()
	if len(c.seen) == c.many/2 {
		c.half = c.last
	}
}

func (c *crowd) all() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen) == c.many
}

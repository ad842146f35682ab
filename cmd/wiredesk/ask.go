package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/storage"
	"wiredesk/web"
)

// verbs returns what the admin socket answers, by name. Commands without a daemon call
// the same functions.
func (n *newsroom) verbs() map[string]web.Verb {
	return map[string]web.Verb{
		"backup":    verb(n.backup),
		"compact":   verb(n.compact),
		"decide":    verb(n.decide),
		"release":   verb(n.release),
		"journal":   verb(n.journal),
		"rejournal": verb(n.rejournal),
		"etiquette": verb(n.etiquetteVerb),
		"explain":   verb(n.explain),
		"doctor":    verb(n.doctorVerb),
		"health":    verb(n.health),
		"hub":       verb(n.hubVerb),
		"items":     verb(n.items),
		"once":      verb(n.once),
		"plan":      verb(n.plan),
		"reload":    verb(n.reloadVerb),
		"rules":     verb(n.rulesVerb),
		"site":      verb(n.siteVerb),
		"source":    verb(n.sourceVerb),
		"sources":   verb(n.sourcesVerb),
	}
}

// verb makes a web.Verb of a function that knows the type of its arguments.
func verb[A any](fn func(context.Context, A, func(done, total int)) (any, error)) web.Verb {
	return func(ctx context.Context, raw json.RawMessage, progress func(done, total int)) (any, error) {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, fmt.Errorf("arguments: %w", err)
		}
		result, err := fn(ctx, args, progress)
		if hint := hintOf(err); hint != "" {
			err = withHint(err, "%s", hint)
		}
		return result, err
	}
}

// patience is how long a command waits for another one that has the database for a moment.
const patience = 10 * time.Second

// ask has a verb done: by the daemon if one runs, else by this process on the database
// itself. Both give the same reply.
func (p *program) ask(ctx context.Context, name string, args, reply any) error {
	cfg, compiled, err := p.load()
	if err != nil {
		return p.askAnyway(ctx, cfg, err, name, args, reply)
	}
	for deadline := time.Now().Add(patience); ; {
		err := web.Ask(ctx, cfg.Server.Socket, name, args, reply, nil)
		if !errors.Is(err, web.ErrNoDaemon) {
			return err
		}
		err = p.doMyself(ctx, cfg, compiled, name, args, reply)
		// Two commands at once take turns.
		if !errors.Is(err, storage.ErrLocked) || time.Now().After(deadline) || !sleep(ctx, 100*time.Millisecond) {
			return err
		}
	}
}

// askAnyway asks the daemon although the config has mistakes: the daemon goes on with the one
// it has, and who made the mistake must not be locked out by it.
func (p *program) askAnyway(ctx context.Context, cfg *config.Config, mistakes error, name string, args, reply any) error {
	if cfg == nil || cfg.Server.Socket == "" {
		return mistakes
	}
	err := web.Ask(ctx, cfg.Server.Socket, name, args, reply, nil)
	if errors.Is(err, web.ErrNoDaemon) {
		return mistakes
	}
	fmt.Fprintln(p.stderr, "wiredesk: the config has mistakes, wiredesk check tells them; the daemon goes on with the one it has")
	return err
}

func (p *program) doMyself(ctx context.Context, cfg *config.Config, compiled *curate.Program, name string, args, reply any) error {
	n, err := p.openConfig(ctx, cfg, compiled, false, nil)
	if err != nil {
		return err
	}
	defer n.close()
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	result, err := n.verbs()[name](ctx, raw, func(int, int) {})
	if err != nil {
		return err
	}
	if stream, ok := result.(*web.Stream); ok {
		_, err := io.Copy(reply.(io.Writer), stream.Body)
		return errors.Join(err, stream.Body.Close())
	}
	if raw, err = json.Marshal(result); err != nil || reply == nil {
		return err
	}
	return json.Unmarshal(raw, reply)
}

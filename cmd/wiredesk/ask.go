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
		"decide":    verb(n.decide),
		"etiquette": verb(n.etiquetteVerb),
		"explain":   verb(n.explain),
		"items":     verb(n.items),
		"once":      verb(n.once),
		"reload":    verb(n.reloadVerb),
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
		return fn(ctx, args, progress)
	}
}

// patience is how long a command waits for another one that has the database for a moment.
const patience = 10 * time.Second

// ask has a verb done: by the daemon if one runs, else by this process on the database
// itself. Both give the same reply. create says whether to make a database if there is
// none.
func (p *program) ask(ctx context.Context, name string, create bool, args, reply any, progress func(done, total int)) error {
	cfg, compiled, err := p.load()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		err := web.Ask(ctx, cfg.Server.Socket, name, args, reply, progress)
		if !errors.Is(err, web.ErrNoDaemon) {
			return err
		}
		err = p.doMyself(ctx, cfg, compiled, name, create, args, reply, progress)
		// Two commands at once take turns.
		if !errors.Is(err, storage.ErrLocked) || time.Now().After(deadline) || !sleep(ctx, 100*time.Millisecond) {
			return err
		}
	}
}

func (p *program) doMyself(ctx context.Context, cfg *config.Config, compiled *curate.Program, name string, create bool, args, reply any, progress func(done, total int)) error {
	n, err := p.openConfig(ctx, cfg, compiled, create)
	if err != nil {
		return err
	}
	defer n.close()
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	result, err := n.verbs()[name](ctx, raw, progress)
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

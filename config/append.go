package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A NewSource is a source to write into a file. Only URL is needed.
type NewSource struct {
	URL   string
	Name  string
	Title string
	Tags  []string
}

// Append adds a [[source]] block for each of the sources to the end of the file at path,
// and makes the file if there is none. Every byte that is there stays. The file is
// replaced in one step, mode, owner and symbolic links stay. Nothing changes if the file
// has a mistake in its grammar, if the result would have one, or if an address is there
// already; the error says so.
func Append(path string, sources []NewSource) error {
	if len(sources) == 0 {
		return nil
	}
	e, err := openEdit(path)
	if err != nil {
		return err
	}
	want, err := written(path, e.old)
	if err != nil {
		return err
	}
	for _, s := range sources {
		raw := rawText(s.URL)
		if slices.Contains(want, raw) {
			return fmt.Errorf("%s: %s is a source there already", path, redact(raw))
		}
		want = append(want, raw)
	}
	content := appended(e.old, sources)
	return e.checked(path, content, want)
}

// checked replaces the file if the addresses of its sources are those that are wanted.
func (e *edit) checked(path string, content []byte, want []string) error {
	got, err := written(path, content)
	if err != nil {
		return fmt.Errorf("the change would break the config, nothing was written: %w", err)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s: the change would do more than was asked, nothing was written (edit the file by hand)", path)
	}
	return e.replace(content)
}

// written returns the addresses of the sources in a file, as they are written.
func written(path string, source []byte) ([]string, error) {
	root, problems, _ := grow(path, source)
	if len(problems) == 0 {
		problems = validate(path, source)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	var all []string
	sources := root.get("source")
	if sources == nil {
		return nil, nil
	}
	for _, block := range sources.value.items {
		if url := block.get("url"); url != nil {
			all = append(all, url.value.text)
		}
		if urls := block.get("urls"); urls != nil {
			for _, url := range urls.value.items {
				all = append(all, url.text)
			}
		}
	}
	return all, nil
}

// appended returns the old content and a block for each source.
func appended(old []byte, sources []NewSource) []byte {
	var b bytes.Buffer
	b.Write(old)
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		b.WriteByte('\n')
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.Write(Blocks(sources))
	added := b.Bytes()[len(old):]
	if bytes.Contains(old, []byte("\r\n")) {
		added = bytes.ReplaceAll(added, []byte("\n"), []byte("\r\n"))
	}
	return append(slices.Clip(old), added...)
}

// Blocks returns a [[source]] block for each of the sources, as Append writes them.
func Blocks(sources []NewSource) []byte {
	var b bytes.Buffer
	for i, s := range sources {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[[source]]\nurl = %s\n", quote(s.URL))
		if s.Name != "" {
			fmt.Fprintf(&b, "name = %s\n", quote(s.Name))
		}
		if s.Title != "" {
			fmt.Fprintf(&b, "title = %s\n", quote(s.Title))
		}
		if len(s.Tags) > 0 {
			var tags []string
			for _, tag := range s.Tags {
				tags = append(tags, quote(tag))
			}
			fmt.Fprintf(&b, "tags = [%s]\n", strings.Join(tags, ", "))
		}
	}
	return b.Bytes()
}

// rawText returns how a text is written so that no part of it counts as a secret.
func rawText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "${", "$${")
}

// quote returns a text as a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range rawText(s) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r >= 0x7f && r <= 0x9f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.Write(utf8.AppendRune(nil, r))
		}
	}
	b.WriteByte('"')
	return b.String()
}

package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"wiredesk/internal/pending"
)

// A Vault is a folder that keeps the last site over a restart. A document lies there under the
// hash of its bytes, compressed, and an index says which of them make up the site. The index is
// replaced last and at once: what it says is always one whole site. It is for one goroutine and
// one process at a time.
type Vault struct {
	dir     string
	held    map[string]string // of the documents that lie there, hash and that of the file
	indexed [sha256.Size]byte
}

// vaultIndex is the name of the index.
const vaultIndex = "index"

// vaultForm is what a file of ours looks like. With a dot in front it is not finished.
var vaultForm = regexp.MustCompile(`^([A-Za-z0-9_-]{22}\.gz|\.([A-Za-z0-9_-]{22}\.gz|index)[0-9]+)$`)

// A deposit is what the index says of a site.
type deposit struct {
	Version   int
	BaseURL   string
	Moved     map[string]string `json:",omitempty"`
	Gone      map[string]bool   `json:",omitempty"`
	Pages     map[string]int    `json:",omitempty"` // of archives, by feed
	Empty     bool              `json:",omitempty"` // see [Site.Empty]
	Documents []sealed
}

// depositVersion is that of the form of the index.
const depositVersion = 1

// sealed is a document without its bytes.
type sealed struct {
	Path, Type, CacheControl, Policy string
	Self, Hub                        string `json:",omitempty"`
	Modified                         time.Time
	Hash, File                       string // what the document and its file are known by
}

// OpenVault returns the vault in a folder, which need not be there yet, and the site in it: nil
// if there is none. It reads only. Documents that are damaged are left out of the site; the
// error says so, and what else could not be read. The pages of archives are where they always
// are, in the archive. The vault is good for [Vault.Keep] in any
// case. Nothing needs to be closed.
func OpenVault(dir string, archive *Archive) (*Vault, *Site, error) {
	v := &Vault{dir: dir, held: make(map[string]string)}
	site, err := v.load(archive)
	if err != nil {
		err = fmt.Errorf("the last site in %s: %w", dir, err)
	}
	return v, site, err
}

// load reads the index and what it names. There is no site where there is no index.
func (v *Vault) load(archive *Archive) (*Site, error) {
	b, err := os.ReadFile(filepath.Join(v.dir, vaultIndex))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum, text, _ := bytes.Cut(b, []byte("\n"))
	got := sha256.Sum256(text)
	if string(sum) != fmt.Sprintf("%x", got) {
		return nil, errors.New("the index is damaged")
	}
	var d deposit
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	if d.Version != depositVersion {
		return nil, fmt.Errorf("another version of wiredesk wrote it (%d)", d.Version)
	}
	s := newSite(d.BaseURL)
	s.moved, s.gone, s.archive, s.restored, s.barren = d.Moved, d.Gone, archive, true, d.Empty
	maps.Copy(s.pages, d.Pages)
	var damaged error
	for i := range d.Documents {
		doc, err := v.document(&d.Documents[i])
		if err != nil {
			damaged = errors.Join(damaged, fmt.Errorf("%s: %w", d.Documents[i].Path, err))
			continue
		}
		s.docs[doc.Path] = doc
		v.held[doc.hash] = d.Documents[i].File
	}
	if damaged == nil {
		v.indexed = got
	}
	if len(s.docs) == 0 {
		return nil, damaged
	}
	return s, damaged
}

// document reads one document. Its hash says whether it is whole.
func (v *Vault) document(s *sealed) (*Document, error) {
	packed, err := os.ReadFile(v.file(s.Hash))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	// The file is looked at too: there are bits in it that mean nothing, but are sent.
	if hash(body) != s.Hash || hash(packed) != s.File {
		return nil, errors.New("its bytes have changed")
	}
	d := (&Document{
		Path: s.Path, Type: s.Type, CacheControl: s.CacheControl, Policy: s.Policy, Self: s.Self, Hub: s.Hub, Modified: s.Modified, Body: body,
	}).complete()
	d.packs[Gzip].once.Do(func() { d.packs[Gzip].body = packed })
	d.lineage = newLineage(d, nil)
	return d, nil
}

// Keep makes the vault hold a site. What it holds already is neither read nor written again. If
// it fails, the site that was there before is still there as a whole.
func (v *Vault) Keep(s *Site) error {
	docs := s.Documents()
	if err := v.prepare(); err != nil {
		return err
	}
	wanted := make(map[string]bool, len(docs))
	added := false
	for _, d := range docs {
		wanted[d.hash] = true
		if v.held[d.hash] != "" {
			continue
		}
		packed := d.Form(Gzip).Body
		if err := v.put(v.file(d.hash), packed); err != nil {
			return err
		}
		v.held[d.hash], added = hash(packed), true
	}
	if added { // before anything says that they are there
		if err := syncDir(v.dir); err != nil {
			return err
		}
	}
	text, err := json.Marshal(v.depositOf(s, docs))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if sum == v.indexed {
		return nil
	}
	if err := v.put(filepath.Join(v.dir, vaultIndex), fmt.Appendf(nil, "%x\n%s", sum, text)); err != nil {
		return err
	}
	v.indexed = sum
	return errors.Join(syncDir(v.dir), v.sweep(wanted))
}

func (v *Vault) depositOf(s *Site, docs []*Document) deposit {
	d := deposit{Version: depositVersion, BaseURL: s.base, Moved: s.moved, Gone: s.gone, Pages: s.pages, Empty: s.Empty()}
	for _, doc := range docs {
		d.Documents = append(d.Documents, sealed{
			Path: doc.Path, Type: doc.Type, CacheControl: doc.CacheControl, Policy: doc.Policy,
			Self: doc.Self, Hub: doc.Hub, Modified: doc.Modified, Hash: doc.hash, File: v.held[doc.hash],
		})
	}
	return d
}

// prepare makes the folder. If it was lost, all that it held is to be written again.
func (v *Vault) prepare() error {
	err := os.Mkdir(v.dir, 0o750)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	clear(v.held)
	v.indexed = [sha256.Size]byte{}
	return syncDir(filepath.Dir(v.dir))
}

// put puts a file in place at once.
func (v *Vault) put(name string, body []byte) error {
	f, err := pending.New(name, v.dir, 0o600)
	if err != nil {
		return err
	}
	defer f.Cleanup() //nolint:errcheck // nothing is left to clean after a success, and nothing to be done after a failure
	if _, err := f.Write(body); err != nil {
		return err
	}
	return f.Replace()
}

// sweep removes documents of earlier sites, and what a process that was killed had not finished.
func (v *Vault) sweep(wanted map[string]bool) error {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if wanted[strings.TrimSuffix(name, ".gz")] || !vaultForm.MatchString(name) {
			continue
		}
		if err := os.Remove(filepath.Join(v.dir, name)); err != nil {
			return err
		}
	}
	maps.DeleteFunc(v.held, func(hash, _ string) bool { return !wanted[hash] })
	return nil
}

// file returns where the document of a hash lies.
func (v *Vault) file(hash string) string { return filepath.Join(v.dir, hash+".gz") }

package storage

import (
	"encoding/json"
	"errors"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// To read all of a large file takes seconds, and rounds begin every few minutes. So a process
// that comes to its end leaves a voucher beside the file. It says of which state of it all is
// known to be well: all was read, and whatever was written since came to its end. Any other state
// is read again as a whole: after a kill, after a power cut, or if somebody else had the file.

// vouchers is added to the name of a database for that of its voucher.
const vouchers = ".whole"

// checkEvery is how old a voucher gets: what a disk does to a file while nobody writes to it
// shows in no state.
const checkEvery = 7 * 24 * time.Hour

// A voucher is for one state of a file: each transaction has a number of its own, and bbolt never
// writes over what the last one left.
type voucher struct {
	Transaction int       `json:"transaction"`
	Size        int64     `json:"size"`
	Modified    time.Time `json:"modified"`
	Checked     time.Time `json:"checked"` // when all of it was read
}

// state returns a voucher for the file as it is, which says nothing yet of when it was read.
func (f *file) state() (v voucher, err error) {
	info, err := f.os.Stat()
	if err != nil {
		return v, err
	}
	err = f.db.View(func(tx *bolt.Tx) error {
		v = voucher{Transaction: tx.ID(), Size: info.Size(), Modified: info.ModTime().UTC()}
		return nil
	})
	return v, err
}

// vouched returns when the file, as it is, was last read as a whole; zero if that is not known.
func (s *Store) vouched() time.Time {
	now, err := s.file.state()
	if err != nil {
		return time.Time{}
	}
	said, err := s.voucher()
	if err != nil || said.Transaction != now.Transaction || said.Size != now.Size || !said.Modified.Equal(now.Modified) {
		return time.Time{}
	}
	return said.Checked
}

// voucher returns the one beside the file.
func (s *Store) voucher() (v voucher, err error) {
	text, err := os.ReadFile(s.path + vouchers)
	if err != nil {
		return v, err
	}
	err = json.Unmarshal(text, &v)
	return v, err
}

// vouch leaves a voucher for f, which is closed after the call. If it cannot be written, the next
// one to open the file reads all of it.
func (s *Store) vouch(f *file) {
	at, err := os.Stat(s.path)
	if s.checked.IsZero() || err != nil || !f.is(at) {
		return
	}
	now, err := f.state()
	if err != nil {
		return
	}
	now.Checked = s.checked
	if said, err := s.voucher(); err == nil && said == now {
		return
	}
	text, err := json.Marshal(now)
	if err != nil {
		return
	}
	if err := os.WriteFile(s.path+vouchers, text, 0o600); err != nil {
		s.logger.Debug("the next start reads the whole database", "error", errors.Unwrap(err))
	}
}

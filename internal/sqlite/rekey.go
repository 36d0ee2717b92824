package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// BeforeRekey is added to the name of a database file: that is where Rekey leaves
// what was there before.
const BeforeRekey = ".before-rekey"

var (
	// ErrInUse says that another program has the file open.
	ErrInUse = errors.New("another program is using the database")
	// ErrKept says that the file from before an earlier change of the key is still
	// there.
	ErrKept = errors.New("the file from before the last change of the key is still there")
)

// Rekey encrypts a database with another key; nil is none, and leaves it in the
// clear. What was there before stays beside it, readable with the old key, until
// somebody deletes it. Nobody else may have the file open: ErrInUse.
//
// The new file is complete and sound before it takes the old one's place, which is
// one rename. A program that is killed at any point leaves one of the two under
// the database's name, and Rekey can be called again.
func Rekey(ctx context.Context, o Options, key []byte) error {
	return rekey(ctx, o, key, func(string) {})
}

// rekey says at which point it is, for a test that kills it there.
func rekey(ctx context.Context, o Options, key []byte, reached func(string)) error {
	if bytes.Equal(o.Key, key) {
		return errors.New("the new key is the old one")
	}
	before, fresh := o.Path+BeforeRekey, o.Path+".rekey"
	if err := clearAway(o.Path, before, fresh); err != nil {
		return err
	}
	old, err := alone(o)
	if err != nil {
		return known(err, o.Path)
	}
	defer old.Close()
	reached("alone")
	if err := copyFrom(ctx, old, Options{Path: fresh, Key: key}); err != nil {
		return known(err, o.Path)
	}
	reached("copied")
	if err := os.Link(o.Path, before); err != nil {
		return errors.Join(fmt.Errorf("keep the old file: %w", err), Remove(fresh))
	}
	reached("linked")
	if err := os.Rename(fresh, o.Path); err != nil {
		return errors.Join(err, Remove(fresh))
	}
	reached("renamed")
	return Sync(o.Path)
}

// clearAway removes what a Rekey that was killed has left, and nothing else.
func clearAway(path, before, fresh string) error {
	now, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch kept, err := os.Stat(before); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !os.SameFile(now, kept):
		return ErrKept
	default: // killed after it had given the file its second name
		if err := os.Remove(before); err != nil {
			return err
		}
	}
	return Remove(fresh)
}

// alone opens a database that nobody else may open meanwhile, and folds its log
// into the file, which is then all there is of it.
func alone(o Options) (_ *sqlite3.Conn, err error) {
	c, err := existing(o, "PRAGMA locking_mode=EXCLUSIVE")
	if err != nil {
		return nil, err
	}
	defer func() {
		if errors.Is(err, sqlite3.BUSY) {
			err = ErrInUse
		}
		if err != nil {
			c.Close()
		}
	}()
	if err := c.BusyTimeout(time.Second); err != nil {
		return nil, err
	}
	mode, err := first(c, "PRAGMA journal_mode=DELETE")
	if err != nil {
		return nil, err
	}
	if mode != "delete" {
		return nil, ErrInUse
	}
	return c, c.Exec("BEGIN EXCLUSIVE; COMMIT") // in this locking mode the lock stays
}

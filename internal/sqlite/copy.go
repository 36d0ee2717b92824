package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
)

// ErrDamaged says that a file is a database, and not a sound one.
var ErrDamaged = errors.New("the database is damaged")

// copyPages is how many pages are copied before anybody is asked whether to go
// on.
const copyPages = 256

// Copy makes a whole and consistent copy of a database: what was committed before
// it began, and nothing later, though others read and write meanwhile. The copy is
// encrypted with its own key, is a single file, and has been read again and found
// sound when Copy returns. There must be no file yet; a copy that fails leaves none.
//
// SQLite's backup is used and not VACUUM INTO: it keeps rowids, which order jobs,
// it needs no statement with a key in it, and it can be interrupted.
func Copy(ctx context.Context, from, to Options) error {
	src, err := existing(from, "PRAGMA query_only=ON")
	if err == nil {
		defer src.Close()
		err = copyFrom(ctx, src, to)
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", filepath.Base(from.Path), known(err, to.Path))
	}
	return nil
}

func copyFrom(ctx context.Context, src *sqlite3.Conn, to Options) (err error) {
	if err := create0600(to.Path); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, Remove(to.Path))
		}
	}()
	if err := transfer(ctx, src, to); err != nil {
		return err
	}
	if err := single(to); err != nil {
		return err
	}
	if err := Verify(ctx, to); err != nil {
		return err
	}
	return Sync(to.Path)
}

// transfer copies the pages. The source's transaction holds what they say still:
// without it, every write of another program would begin the copy anew.
func transfer(ctx context.Context, src *sqlite3.Conn, to Options) (err error) {
	if err := src.Exec("BEGIN; SELECT count(*) FROM sqlite_schema"); err != nil {
		return err
	}
	defer src.Exec("ROLLBACK") // only the read is over
	b, err := src.BackupInit("main", address(to.Path, to.Key, len(to.Key) > 0))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err = b.Step(copyPages); err != nil {
			return err
		}
	}
	return nil
}

// single takes the database out of write-ahead mode, which a copy brings along:
// a file without a log beside it can be moved about. Open puts it back in.
func single(o Options) error {
	c, err := existing(o, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL")
	if err != nil {
		return err
	}
	return c.Close()
}

// Verify reads a whole database and reports whether it is sound: ErrKey,
// ErrDamaged, or nil.
func Verify(ctx context.Context, o Options) (err error) {
	defer func() { err = known(err, o.Path) }()
	c, err := existing(o, "PRAGMA query_only=ON")
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetInterrupt(ctx)
	for pragma, sound := range map[string]string{"quick_check": "ok", "foreign_key_check": ""} {
		said, err := first(c, "PRAGMA "+pragma)
		if err != nil {
			return err
		}
		if said != sound {
			return fmt.Errorf("%w: %s says %s", ErrDamaged, pragma, said)
		}
	}
	return nil
}

// first is the first column of a query's first row, or "".
func first(c *sqlite3.Conn, query string) (string, error) {
	stmt, _, err := c.Prepare(query)
	if err != nil {
		return "", err
	}
	defer stmt.Close()
	text := ""
	if stmt.Step() {
		text = stmt.ColumnText(0)
	}
	return text, stmt.Err()
}

// existing opens one connection to a file that must be there.
func existing(o Options, pragmas string) (*sqlite3.Conn, error) {
	if n := len(o.Key); n != 0 && n != KeySize {
		return nil, fmt.Errorf("the encryption key has %d bytes, not %d", n, KeySize)
	}
	c, err := sqlite3.OpenFlags(address(o.Path, nil, len(o.Key) > 0), sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	if err := setUp(c, o.Key, pragmas); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// setUp gives a connection its key, and what all of them have.
func setUp(c *sqlite3.Conn, key []byte, pragmas string) error {
	if len(key) > 0 { // by statement, as the URI is visible to SQL
		if err := c.Exec("PRAGMA hexkey='" + hex.EncodeToString(key) + "'"); err != nil {
			return err
		}
	}
	if err := c.BusyTimeout(busy); err != nil {
		return err
	}
	return c.Exec("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; " + pragmas)
}

// address is a file as SQLite is told of it: from the root, which is where the path
// in a URI begins.
func address(path string, key []byte, encrypted bool) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	if encrypted {
		u.RawQuery = "vfs=adiantum"
	}
	if len(key) > 0 {
		u.RawQuery += "&hexkey=" + hex.EncodeToString(key)
	}
	return u.String()
}

// known turns SQLite's errors about a file into ours.
func known(err error, path string) error {
	switch {
	case errors.Is(err, sqlite3.NOTADB), errors.Is(err, sqlite3.IOERR_BADKEY):
		return ErrKey
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.IOERR_SHORT_READ):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return explained(err, path)
}

// Remove takes a database away, with what SQLite may have left beside it.
func Remove(path string) error {
	var errs []error
	for _, side := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Sync makes a file last, and its name in its folder.
func Sync(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = errors.Join(f.Sync(), f.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// create0600 makes an empty file that nobody else may read, where there was none.
func create0600(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store/db"
)

func TestAnEncryptedFileHoldsNoPlainText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	key := bytes.Repeat([]byte{7}, sqlite.KeySize)
	d := open(t, sqlite.Options{Path: path, Key: key})
	const secret = "the meeting with Ada is at noon"
	for range 100 {
		insert(t, d, secret)
	}
	wantNowhere(t, path, secret, "SQLite format 3", "CREATE TABLE") // in the log, before it is folded in
	must(t, d.Close())
	wantNowhere(t, path, secret, "SQLite format 3", "CREATE TABLE")

	d = open(t, sqlite.Options{Path: path, Key: key})
	if n := count(t, d); n != 100 {
		t.Errorf("with its key %d rows are there, want 100", n)
	}
}

func TestAFileOpensOnlyWithItsOwnKey(t *testing.T) {
	key, other := bytes.Repeat([]byte{7}, sqlite.KeySize), bytes.Repeat([]byte{8}, sqlite.KeySize)
	for _, tc := range []struct {
		name        string
		made, given []byte
		want        error
	}{
		{name: "another key", made: key, given: other, want: sqlite.ErrKey},
		{name: "no key", made: key, given: nil, want: sqlite.ErrKey},
		{name: "a key for a clear file", made: nil, given: key, want: sqlite.ErrKey},
		{name: "its own key", made: key, given: key},
		{name: "a clear file", made: nil, given: nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			d := open(t, sqlite.Options{Path: path, Key: tc.made})
			insert(t, d, "row")
			must(t, d.Close())
			before := read(t, path)

			d, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Key: tc.given})
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if err == nil {
				must(t, d.Close())
				return
			}
			if strings.Contains(err.Error(), "\x07") || !strings.Contains(err.Error(), path) {
				t.Errorf("the error %q must name the file and not the key", err)
			}
			if !bytes.Equal(read(t, path), before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAKeyOfTheWrongLengthIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Key: []byte("short")})
	if err == nil || !strings.Contains(err.Error(), "5 bytes, not 32") {
		t.Errorf("got %v, want an error that says the lengths", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("a file was made")
	}
}

func TestAFileThatIsNoDatabaseIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	text := strings.Repeat("these are my notes. ", 1000)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}); !errors.Is(err, sqlite.ErrKey) {
		t.Errorf("got %v, want ErrKey", err)
	}
	if got := read(t, path); string(got) != text {
		t.Error("the file was changed")
	}
}

func TestTheFilesAreForTheirOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "for", "it", "x.db")
	d := open(t, sqlite.Options{Path: path})
	insert(t, d, "row")
	files, err := filepath.Glob(path + "*")
	must(t, err)
	if len(files) < 2 {
		t.Fatalf("got files %q, want the database and its log", files)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has rights %o, want 600", filepath.Base(f), info.Mode().Perm())
		}
	}
}

func TestClosingLeavesOneFileWithEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d := open(t, sqlite.Options{Path: path})
	insert(t, d, "row")
	must(t, d.Close())
	files, err := filepath.Glob(path + "*")
	must(t, err)
	if len(files) != 1 {
		t.Errorf("left are %q, want the database alone", files)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(copied, read(t, path), 0o600))
	if n := count(t, open(t, sqlite.Options{Path: copied})); n != 1 {
		t.Errorf("%d rows are in the file, want 1", n)
	}
}

func TestTwoProgramsShareAFile(t *testing.T) {
	// As when the command line is used beside the running server.
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: bytes.Repeat([]byte{7}, sqlite.KeySize)}
	server, command := open(t, o), open(t, o)
	insert(t, server, "a")
	insert(t, command, "b")
	insert(t, server, "c")
	must(t, command.Close())
	insert(t, server, "d")
	if got := values(t, server); got != "a b c d" {
		t.Errorf("stored are %q, want a, b, c and d", got)
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?vfs=x&c#d%41'é.db")
	d := open(t, sqlite.Options{Path: path})
	insert(t, d, "row")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestEveryConnectionKeepsTheRules(t *testing.T) {
	d := open(t, sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	pragma := func(tx db.DBTX, name string) (v string) {
		must(t, tx.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&v))
		return v
	}
	must(t, d.One(t.Context(), func(tx db.DBTX) error {
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			if got := pragma(tx, name); got != want {
				t.Errorf("writer: %s is %s, want %s", name, got, want)
			}
		}
		return nil
	}))
	migrating, dialect := d.Migrating()
	if dialect != "sqlite3" {
		t.Errorf("dialect %q, want sqlite3", dialect)
	}
	for name, want := range map[string]string{"synchronous": "2", "foreign_keys": "1", "query_only": "0"} {
		if got := pragma(migrating, name); got != want {
			t.Errorf("migrating: %s is %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{"foreign_keys": "1", "query_only": "1"} {
		if got := pragma(d.Reader(), name); got != want {
			t.Errorf("reader: %s is %s, want %s", name, got, want)
		}
	}
}

func TestAReaderSeesNothingOfAWriteBeforeItIsCommitted(t *testing.T) {
	d := withTable(t)
	must(t, d.Batch(t.Context(), func(tx db.DBTX) error {
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('half')"); err != nil {
			return err
		}
		if n := count(t, d); n != 0 {
			t.Errorf("a reader sees %d rows, want none", n)
		}
		return nil
	}))
	if n := count(t, d); n != 1 {
		t.Errorf("a reader sees %d rows, want 1", n)
	}
}

func TestAClosedDatabaseTakesNoWrites(t *testing.T) {
	d := withTable(t)
	must(t, d.Close())
	err := d.One(t.Context(), func(db.DBTX) error {
		t.Error("the write was run")
		return nil
	})
	if !errors.Is(err, sqlite.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	must(t, d.Close()) // again is harmless
}

func TestTheNameSaysNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d := open(t, sqlite.Options{Path: path, Key: []byte("0123456789abcdef0123456789abcdef")})
	if got, want := d.String(), "SQLite, encrypted, in "+path; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func open(t testing.TB, o sqlite.Options) *sqlite.DB {
	t.Helper()
	d, err := sqlite.Open(context.Background(), o)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// withTable returns a database with the table that insert and count use.
func withTable(t testing.TB) *sqlite.DB {
	t.Helper()
	d := open(t, sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	must(t, execute(d, "CREATE TABLE t (v TEXT NOT NULL) STRICT"))
	return d
}

// insert stores a row, making the table when there is none.
func insert(t testing.TB, d *sqlite.DB, v string) {
	t.Helper()
	must(t, execute(d, "CREATE TABLE IF NOT EXISTS t (v TEXT NOT NULL) STRICT"))
	must(t, execute(d, "INSERT INTO t (v) VALUES (?)", v))
}

func execute(d *sqlite.DB, query string, args ...any) error {
	return d.One(context.Background(), func(tx db.DBTX) error {
		_, err := tx.ExecContext(context.Background(), query, args...)
		return err
	})
}

func count(t testing.TB, d *sqlite.DB) (n int) {
	t.Helper()
	must(t, d.Reader().QueryRowContext(context.Background(), "SELECT count(*) FROM t").Scan(&n))
	return n
}

func values(t testing.TB, d *sqlite.DB) string {
	t.Helper()
	var list string
	must(t, d.Reader().QueryRowContext(context.Background(), "SELECT coalesce(group_concat(v, ' ' ORDER BY v), '') FROM t").Scan(&list))
	return list
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

// wantNowhere looks for texts in the database and the files beside it.
func wantNowhere(t *testing.T, path string, texts ...string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	must(t, err)
	for _, f := range files {
		for _, s := range texts {
			if bytes.Contains(read(t, f), []byte(s)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(f), s)
			}
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("unexpected: %w", err))
	}
}

// Package sqlite is the embedded database: one SQLite file, without cgo,
// encrypted at rest when it is given a key.
//
// It keeps the store's write model. Many connections read; one writes, and
// commits in groups: writers that come together share one transaction, each in
// its own savepoint, and one fsync, and none is told of success before that. The
// file is in WAL mode with synchronous=FULL, so what was acknowledged survives
// the power being cut.
//
// It knows nothing of what is stored. DB is an engine of package store.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // the encrypting file system

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/store/db"
)

// KeySize is the length of an encryption key in bytes.
const KeySize = 32

var (
	// ErrKey says that the file cannot be read with the key that was given.
	ErrKey = errors.New("it is not a database, or not one made with this encryption key")
	// ErrUnavailable says that a write was not made, through no fault of its own:
	// the database was being closed, another program was writing for too long, or
	// a write that shared its transaction took it down. Trying again is safe.
	ErrUnavailable = fault.New(fault.Unavailable, "database_unavailable",
		"The service cannot reach its data right now. Nothing was changed; please try again in a moment.").After(5 * time.Second)
)

var (
	errClosed = ErrUnavailable.With(errors.New("sqlite: closed"))
	errUndone = errors.New("sqlite: undone with another write")
)

// writerCache is how much of the file the one connection that writes may keep at
// hand, in KiB. A batch of usage touches a page of each of nine trees for nearly
// every row: with the 2 MiB that are usual it reads most of them again and again.
const writerCache = "PRAGMA cache_size=-8192"

// Options says which file, and how it is kept.
type Options struct {
	Path string // the file; it and its folder are made when missing
	Key  []byte // KeySize bytes to encrypt the file with; nil leaves it in the clear
}

// DB is an open database file.
type DB struct {
	path      string
	encrypted bool

	readers   *sql.DB
	reading   *statements // on readers
	writing   *sql.DB
	migrating *sql.DB
	refusing  *sql.DB
	writer    *writer

	closed sync.Once
}

// busy is how long a statement waits for another process that is writing.
const busy = 10 * time.Second

// Open opens the file, making it when there is none. A wrong key is ErrKey.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := open(ctx, o)
	if errors.Is(err, sqlite3.NOTADB) || errors.Is(err, sqlite3.IOERR_BADKEY) {
		err = ErrKey
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.Path, explained(err, o.Path))
	}
	return d, nil
}

func open(ctx context.Context, o Options) (_ *DB, err error) {
	if n := len(o.Key); n != 0 && n != KeySize {
		return nil, fmt.Errorf("the encryption key has %d bytes, not %d", n, KeySize)
	}
	path, err := make0600(o.Path)
	if err != nil {
		return nil, err
	}
	d := &DB{
		path: path, encrypted: len(o.Key) > 0,
		writing:   pool(path, o.Key, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "+writerCache),
		readers:   pool(path, o.Key, "PRAGMA query_only=ON"),
		migrating: pool(path, o.Key, "PRAGMA synchronous=FULL"),
		refusing:  sql.OpenDB(refusal{}),
	}
	defer func() {
		if err != nil {
			d.closePools()
		}
	}()
	n := max(4, runtime.GOMAXPROCS(0))
	d.readers.SetMaxOpenConns(n)
	d.readers.SetMaxIdleConns(n)
	d.readers.SetConnMaxIdleTime(5 * time.Minute)
	d.migrating.SetMaxIdleConns(-1) // it is needed once, at the start

	conn, err := d.writing.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err = ready(ctx, conn, path); err != nil {
		conn.Close()
		return nil, err
	}
	d.writer = newWriter(conn)
	d.reading = newStatements(d.readers)
	return d, nil
}

// ready makes sure of the key, of the log, and that nobody else may read it.
func ready(ctx context.Context, conn *sql.Conn, path string) error {
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow SQLite's write-ahead log (journal mode %q)", mode)
	}
	var tables int // counting them opens the log
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	for _, side := range []string{"-wal", "-shm"} { // made just now, for everybody, and empty
		if err := os.Chmod(path+side, 0o600); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// make0600 makes the file, so that nobody else may read it, and returns its
// whole path.
func make0600(path string) (string, error) {
	if path == "" {
		return "", errors.New("no path was given")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// pool returns connections to the file, each set up in the same way. They are
// opened when they are needed.
func pool(path string, key []byte, pragmas string) *sql.DB {
	db, err := driver.Open(address(path, nil, len(key) > 0), func(c *sqlite3.Conn) error {
		if err := setUp(c, key, pragmas); err != nil {
			return err
		}
		return register(c)
	})
	if err != nil {
		panic(fmt.Sprintf("sqlite: %v", err)) // the name was made above, and can be read
	}
	return db
}

// Reader is described by store.Engine.
func (d *DB) Reader() db.DBTX { return d.reading }

// One is described by store.Engine.
func (d *DB) One(ctx context.Context, f func(db.DBTX) error) error {
	return d.explained(d.writer.write(ctx, f))
}

// Batch is described by store.Engine. It refuses to read, as Turso must.
func (d *DB) Batch(ctx context.Context, f func(db.DBTX) error) error {
	return d.explained(d.writer.write(ctx, func(tx db.DBTX) error { return f(writesOnly{tx, d.refusing}) }))
}

// Migrating is described by store.Engine.
func (d *DB) Migrating() (*sql.DB, string) { return d.migrating, "sqlite3" }

// Stats says how much was written since the start.
func (d *DB) Stats() Stats {
	return Stats{Writes: d.writer.writes.Load(), Commits: d.writer.commits.Load()}
}

// Stats counts writes, and the commits that carried them.
type Stats struct{ Writes, Commits int64 }

func (d *DB) String() string {
	if d.encrypted {
		return "SQLite, encrypted, in " + d.path
	}
	return "SQLite in " + d.path
}

// Close waits for the writes under way and closes the file.
func (d *DB) Close() error {
	var err error
	d.closed.Do(func() {
		d.reading.close()
		err = errors.Join(d.writer.close(), d.closePools())
	})
	return err
}

// closePools closes the writing connection last: it folds the log into the file.
func (d *DB) closePools() error {
	var errs []error
	for _, p := range []*sql.DB{d.refusing, d.readers, d.migrating, d.writing} {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
)

// probeSize is more than the room that is left in the last block of a full disk.
const probeSize = 64 << 10

// explained makes an error of SQLite's that is about the disk ErrUnavailable, and
// adds what the operating system says: "disk I/O error" is all that SQLite tells
// of a disk that is merely full.
func (d *DB) explained(err error) error { return explained(err, d.path) }

func explained(err error, path string) error {
	if !errors.Is(err, sqlite3.IOERR) && !errors.Is(err, sqlite3.FULL) {
		return err
	}
	if why := probe(filepath.Dir(path)); why != nil {
		err = fmt.Errorf("%w (%w)", err, why)
	}
	return ErrUnavailable.With(err)
}

// probe writes a little into a folder and takes it away again.
func probe(folder string) error {
	f, err := os.CreateTemp(folder, ".probe-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(make([]byte, probeSize)); err != nil {
		return err
	}
	return f.Sync()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sqlite"
)

// rekeyCmd changes the key that the embedded database is encrypted with.
type rekeyCmd struct {
	NewKey    string `placeholder:"@FILE" help:"The file with the new key, or off for no encryption. Otherwise XSWARM_DB_KEY_NEW says it."`
	DeleteOld bool   `help:"Delete the file that was encrypted with the old key; alone: the one that an earlier change has kept."`
}

// Run changes the key.
func (c rekeyCmd) Run(p *program) error {
	o, dir, err := embedded(p)
	if err != nil {
		return err
	}
	key, given, err := c.key(p)
	if err != nil {
		return err
	}
	if !given && !c.DeleteOld {
		return errors.New("there is no new key: put one into a file (openssl rand -hex 32) and name it with --new-key @FILE, or set XSWARM_DB_KEY_NEW; off is none")
	}
	if given {
		unlock, err := lockDataDir(app.Config{DataDir: dir})
		if err != nil {
			return err
		}
		defer unlock()
		if err := change(p, o, key); err != nil {
			return err
		}
		o.Key = key
	}
	if !c.DeleteOld {
		fmt.Fprintf(p.stdout, "The file from before is kept as %s and needs the old key: when all is well, xswarm rekey --delete-old.\n", o.Path+sqlite.BeforeRekey)
		return nil
	}
	return deleteOld(p, o)
}

// key is the new key; nil is none.
func (c rekeyCmd) key(p *program) (key []byte, given bool, err error) {
	name, value := "--new-key", c.NewKey
	if value == "" {
		name, value = "XSWARM_DB_KEY_NEW", strings.TrimSpace(p.getenv("XSWARM_DB_KEY_NEW"))
	} else if value != "off" && !strings.HasPrefix(value, "@") {
		return nil, false, errors.New("--new-key must be @FILE or off: what stands on a command line, other programs can see")
	}
	if key, err = app.ReadDatabaseKey(value); err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return key, value != "", nil
}

// change re-encrypts the database and says what to do next.
func change(p *program, o sqlite.Options, key []byte) error {
	err := sqlite.Rekey(p.ctx, o, key)
	switch {
	case errors.Is(err, sqlite.ErrKey) && sqlite.Verify(context.WithoutCancel(p.ctx), sqlite.Options{Path: o.Path, Key: key}) == nil:
		// One that was killed had come so far.
		fmt.Fprintln(p.stdout, "The database has the new key already.")
	case errors.Is(err, sqlite.ErrKey):
		return errors.New("XSWARM_DB_KEY is not the key of this database: nothing was changed")
	case errors.Is(err, sqlite.ErrKept):
		return fmt.Errorf("%s is still there from the last change: delete it with xswarm rekey --delete-old first", o.Path+sqlite.BeforeRekey)
	case errors.Is(err, sqlite.ErrInUse):
		return errors.New("another program is using the database: end it first. Nothing was changed")
	case err != nil:
		return fmt.Errorf("the key was not changed: %w", err)
	default:
		fmt.Fprintln(p.stdout, "The key is changed.")
	}
	value := "the new key"
	if key == nil {
		value = "off"
	}
	fmt.Fprintf(p.stdout, "Set XSWARM_DB_KEY to %s before the server starts. Backups from before need the old key: make a new one.\n", value)
	return nil
}

// deleteOld deletes what a change has kept, if the database can do without it.
func deleteOld(p *program, o sqlite.Options) error {
	if err := sqlite.Verify(p.ctx, o); err != nil {
		return fmt.Errorf("the old file was not deleted, since the database cannot be read with XSWARM_DB_KEY: %w", err)
	}
	if _, err := os.Stat(o.Path + sqlite.BeforeRekey); errors.Is(err, fs.ErrNotExist) {
		return errors.New("no file is kept from before a change of the key")
	}
	if err := sqlite.Remove(o.Path + sqlite.BeforeRekey); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "The file from before the change of the key is deleted.")
	return nil
}

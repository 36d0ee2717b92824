package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
)

// restoreCmd puts a backup where there is no database.
type restoreCmd struct {
	File   string `arg:"" help:"The backup."`
	Resume bool   `help:"Also send what was due, which may have been sent since the backup was made."`
	held   int
}

// Run restores a backup.
func (c *restoreCmd) Run(p *program) error {
	to, dir, err := embedded(p)
	if err != nil {
		return err
	}
	unlock, err := lockDataDir(app.Config{DataDir: dir})
	if err != nil {
		return err
	}
	defer unlock()
	for _, side := range []string{"", "-wal"} {
		if _, err := os.Lstat(to.Path + side); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already: a backup is only restored where there is none. Move it away, or set XSWARM_DATA_DIR to an empty directory", to.Path+side)
		}
	}
	part := sqlite.Options{Path: to.Path + ".restore", Key: to.Key}
	if err := errors.Join(sqlite.Remove(part.Path), c.take(p.ctx, part)); err != nil {
		return fmt.Errorf("%s was not restored: %w", c.File, errors.Join(err, sqlite.Remove(part.Path)))
	}
	if err := os.Rename(part.Path, to.Path); err != nil {
		return errors.Join(err, sqlite.Remove(part.Path))
	}
	if err := sqlite.Sync(to.Path); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s is restored in %s. Start the server: it brings the schema up to date.\n", c.File, dir)
	if c.held > 0 {
		fmt.Fprintf(p.stdout, "%d jobs that people would see done are held, since it may have happened after the backup was made:\n"+
			"look at `xswarm jobs list --state dead`, then `xswarm jobs retry --all`, or retry and discard them one by one.\n", c.held)
	}
	return nil
}

// take brings the backup in and makes sure that this program can work with it.
func (c *restoreCmd) take(ctx context.Context, part sqlite.Options) error {
	// A snapshot of a file system has the log beside the file.
	for _, side := range []string{"", "-wal"} {
		err := bringIn(c.File+side, part.Path+side)
		if err != nil && !(side != "" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	switch err := sqlite.Verify(ctx, part); {
	case errors.Is(err, sqlite.ErrKey):
		return errors.New("it is no backup of a database, or XSWARM_DB_KEY is not the key that it was made with")
	case err != nil:
		return err
	}
	engine, err := sqlite.Open(ctx, part)
	if err != nil {
		return err
	}
	return errors.Join(c.adopt(ctx, store.New(engine, time.Now)), engine.Close())
}

// adopt takes over the jobs of a database that is ours and no newer than this
// program: nobody works on them any more. What people would see done twice waits
// for the operator.
func (c *restoreCmd) adopt(ctx context.Context, s *store.Store) error {
	switch applied, newest, err := s.Versions(ctx); {
	case err != nil:
		return err
	case applied == 0:
		return errors.New("it is a database, but none of xSwarm's")
	case applied > newest:
		return fmt.Errorf("it was made by a newer version of this program (schema %d, this one knows %d): install that one", applied, newest)
	}
	err := s.ReleaseJobs(ctx)
	if err == nil && !c.Resume {
		c.held, err = s.HoldJobs(ctx, app.Reaching(), heldReason)
	}
	return err
}

const heldReason = "held: the database was restored from a backup, and this may have been done after it was made"

// bringIn copies a file into the data directory, for its owner's eyes only.
func bringIn(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}

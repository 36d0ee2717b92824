package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sqlite"
)

const (
	databaseName = "xswarm.db"
	lastBackup   = "last-backup" // in the data directory: when one was last made
)

// backupCmd copies the database while a server goes on with its work.
type backupCmd struct {
	File  string `arg:"" help:"Where the backup goes; - is standard output."`
	Force bool   `help:"Replace the file if there is one."`
}

// Run makes a backup.
func (c backupCmd) Run(p *program) error {
	from, dir, err := embedded(p)
	if err != nil {
		return err
	}
	if _, err := os.Stat(from.Path); err != nil {
		return fmt.Errorf("there is no database in %s yet (XSWARM_DATA_DIR): %w", dir, err)
	}
	began := time.Now()
	size, err := c.write(p, from)
	if err != nil {
		return fmt.Errorf("no backup was made: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, lastBackup), []byte(began.UTC().Format(time.RFC3339)), 0o600); err != nil {
		return fmt.Errorf("the backup was made, but the time of it cannot be kept for xswarm doctor: %w", err)
	}
	key := "it is not encrypted, as the database"
	if len(from.Key) > 0 {
		key = "it is encrypted with the database's key, which it is useless without"
	}
	fmt.Fprintf(p.stderr, "Backed up %s in %s; %s.\nThe sandbox's state and the other files of %s are not part of it.\n",
		bytesOf(size), time.Since(began).Round(time.Millisecond), key, dir)
	return nil
}

// write makes the backup under another name first: whoever finds one under its
// own name finds a whole one.
func (c backupCmd) write(p *program, from sqlite.Options) (size int64, err error) {
	if c.File == "-" {
		return c.pour(p, from)
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(path, from.Path) {
		return 0, fmt.Errorf("%s is where the database itself lies: choose another name", c.File)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !c.Force {
		return 0, fmt.Errorf("%s is there already: choose another name, or replace it with --force", c.File)
	}
	part := sqlite.Options{Path: path + ".tmp", Key: from.Key}
	if err := sqlite.Remove(part.Path); err != nil { // of one that was killed
		return 0, err
	}
	if err := sqlite.Copy(p.ctx, from, part); err != nil {
		return 0, err
	}
	info, err := os.Stat(part.Path)
	if err == nil {
		err = os.Rename(part.Path, path)
	}
	if err != nil {
		return 0, errors.Join(err, sqlite.Remove(part.Path))
	}
	return info.Size(), sqlite.Sync(path)
}

// pour makes the backup in the data directory, without a name as soon as it can
// be, and writes it to standard output.
func (c backupCmd) pour(p *program, from sqlite.Options) (size int64, err error) {
	part := sqlite.Options{Path: filepath.Join(filepath.Dir(from.Path), "backup.tmp"), Key: from.Key}
	if err := sqlite.Remove(part.Path); err != nil {
		return 0, err
	}
	if err := sqlite.Copy(p.ctx, from, part); err != nil {
		return 0, err
	}
	f, err := os.Open(part.Path)
	if err := errors.Join(err, sqlite.Remove(part.Path)); err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(p.stdout, f)
}

// embedded is the embedded database's file, and the directory that it lies in.
func embedded(p *program) (o sqlite.Options, dir string, err error) {
	cfg, err := app.ConfigFrom(p.getenv)
	if err != nil {
		return o, "", err
	}
	if cfg.TursoURL != "" {
		return o, "", errors.New("this installation's data is on Turso (TURSO_DATABASE_URL), which keeps backups of its own: " +
			"its point-in-time restore, and `turso db export`, are the means there")
	}
	cfg.DataDir, err = filepath.Abs(cfg.DataDir)
	return databaseFile(cfg), cfg.DataDir, err
}

// bytesOf says a size as people do.
func bytesOf(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", (n+1023)>>10)
}

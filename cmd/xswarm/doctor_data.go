package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
)

const (
	slow         = 200 * time.Millisecond // an answer of the database that people notice
	lookTime     = 15 * time.Second       // for one look at something outside
	littleRoom   = 1 << 30
	noRoom       = 100 << 20
	backupMayAge = 7 * 24 * time.Hour
)

// database looks at the data, and at what only the database knows.
func (x *examination) database() {
	engine := x.embedded
	if x.cfg.TursoURL != "" {
		engine = x.turso
	}
	e := engine()
	if e == nil {
		return
	}
	defer e.Close()
	ctx, cancel := context.WithTimeout(x.ctx, lookTime)
	defer cancel()
	s := store.New(e, time.Now)
	applied, newest, err := s.Versions(ctx)
	switch {
	case err != nil:
		x.bad("migrations", err.Error(), "Look at the database's own log.")
		return
	case applied > newest:
		x.warn("migrations", fmt.Sprintf("the database's schema is %d, this program knows %d: another version has been here", applied, newest),
			"Install the version that was here last, unless you went back on purpose.")
	case applied < newest && x.cfg.TursoURL == "":
		x.warn("migrations", fmt.Sprintf("the schema is %d, this program wants %d", applied, newest), "Run xswarm migrate, or start the server, which does it.")
	case applied < newest:
		x.bad("migrations", fmt.Sprintf("the schema is %d, this program wants %d", applied, newest), "Run xswarm migrate.")
	default:
		x.good("migrations", "none is pending; the schema is %d", applied)
	}
	if applied == 0 {
		return
	}
	x.deadJobs(ctx, s)
	if applied >= newest { // an older one may know nothing of money
		x.money(ctx, s)
	}
}

func (x *examination) deadJobs(ctx context.Context, s *store.Store) {
	count, err := s.CountJobs(ctx)
	if err != nil {
		x.bad("jobs", err.Error(), "Look at the database's own log.")
		return
	}
	dead := 0
	for _, n := range count[jobs.Dead] {
		dead += n
	}
	if dead > 0 {
		x.warn("jobs", fmt.Sprintf("%d were given up", dead),
			"Run xswarm jobs list --state dead, mend what each says, and xswarm jobs retry ID.")
		return
	}
	x.good("jobs", "none was given up")
}

// embedded reads the whole file; nil when there is nothing more to look at.
func (x *examination) embedded() store.Engine {
	o := databaseFile(x.cfg)
	if _, err := os.Stat(o.Path); errors.Is(err, fs.ErrNotExist) {
		x.worse("database", "there is none yet in "+x.cfg.DataDir,
			"Run xswarm serve, which makes it; or set XSWARM_DATA_DIR to where it is, or xswarm restore a backup.")
		return nil
	}
	began := time.Now()
	err := sqlite.Verify(x.ctx, o)
	var e store.Engine
	if err == nil {
		e, err = sqlite.Open(x.ctx, o)
	}
	switch {
	case errors.Is(err, sqlite.ErrKey):
		x.bad("database", "it cannot be read with XSWARM_DB_KEY", "Set XSWARM_DB_KEY to the key that it was made with.")
		return nil
	case errors.Is(err, sqlite.ErrDamaged):
		x.bad("database", err.Error(), "Stop the server, move the data directory away, and xswarm restore the last backup.")
		return nil
	case err != nil:
		x.bad("database", err.Error(), "Run xswarm doctor as the user that the server runs as.")
		return nil
	}
	x.good("database", "%s; it was read in %s and is sound", e, time.Since(began).Round(time.Millisecond))
	if _, err := os.Stat(o.Path + sqlite.BeforeRekey); err == nil {
		x.warn("database", "the file from before the key was changed is still there, and can be read with the old key", "Run xswarm rekey --delete-old.")
	}
	return e
}

// turso asks the remote database; nil when it does not answer.
func (x *examination) turso() store.Engine {
	const fix = "Set TURSO_DATABASE_URL and TURSO_AUTH_TOKEN to what Turso shows for the database, and look whether this machine may reach it."
	ctx, cancel := context.WithTimeout(x.ctx, lookTime)
	defer cancel()
	e, err := openDatabase(x.program, x.cfg, time.Now)
	if err != nil {
		x.bad("database", err.Error(), fix)
		return nil
	}
	fastest := time.Hour
	for range 3 { // the first one pays for the connection
		var theirs int64
		sent := time.Now()
		if err := e.Reader().QueryRowContext(ctx, "SELECT unixepoch()").Scan(&theirs); err != nil {
			e.Close()
			x.bad("database", "it does not answer: "+err.Error(), fix)
			return nil
		}
		fastest = min(fastest, time.Since(sent))
		x.clocks.note(time.Unix(theirs, 0), sent)
	}
	if fastest > slow {
		x.warn("database", fmt.Sprintf("%s answers in %s", e, fastest.Round(time.Millisecond)), "Run the server near the database's primary region.")
	} else {
		x.good("database", "%s answers in %s", e, fastest.Round(100*time.Microsecond))
	}
	return e
}

// directory looks whether others can read what is in the data directory.
func (x *examination) directory() {
	dir := x.cfg.DataDir
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		x.good("files", "%s is not made yet", dir)
		return
	}
	if err != nil {
		x.bad("files", err.Error(), "Run xswarm doctor as the user that the server runs as.")
		return
	}
	open := []string{}
	if info.Mode().Perm()&0o077 != 0 {
		open = append(open, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		x.bad("files", err.Error(), "Run xswarm doctor as the user that the server runs as.")
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			open = append(open, filepath.Join(dir, e.Name()))
		}
	}
	if len(open) > 0 {
		x.worse("files", "other users of this machine may open "+strings.Join(open, ", "), fmt.Sprintf("Run chmod -R go= '%s'.", dir))
		return
	}
	x.good("files", "%s is its owner's alone", dir)
}

// space looks how much may still be written.
func (x *examination) space() {
	dir, err := filepath.Abs(x.cfg.DataDir)
	for ; err == nil; dir = filepath.Dir(dir) { // it may not be made yet
		if _, serr := os.Stat(dir); serr == nil || dir == filepath.Dir(dir) {
			break
		}
	}
	var free uint64
	if err == nil {
		free, err = freeSpace(dir)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		x.good("disk", "how much room there is cannot be asked on this system")
		return
	}
	if err != nil {
		x.bad("disk", err.Error(), "Set XSWARM_DATA_DIR to a directory that can be used.")
		return
	}
	var size uint64
	if info, err := os.Stat(filepath.Join(dir, databaseName)); err == nil {
		size = uint64(info.Size())
	}
	x.room(dir, free, size)
}

// room judges how many bytes are free, beside a database of a size.
func (x *examination) room(dir string, free, size uint64) {
	said := bytesOf(int64(min(free, 1<<62))) + " are free in " + dir
	switch {
	case free < noRoom:
		x.bad("disk", said, "Make room: without it nothing is stored, and vendors are told to come back.")
	case free < littleRoom || free < 3*size:
		x.warn("disk", fmt.Sprintf("%s; the database has %s", said, bytesOf(int64(size))), "Make room for its growth, its log and a copy of it.")
	default:
		x.good("disk", "%s", said)
	}
}

// backup looks when the last one was made.
func (x *examination) backup() {
	const fix = "Run xswarm backup FILE every day, and keep FILE on another machine."
	if x.cfg.TursoURL != "" {
		x.good("backup", "Turso keeps its own")
		return
	}
	raw, err := os.ReadFile(filepath.Join(x.cfg.DataDir, lastBackup))
	at, perr := time.Parse(time.RFC3339, strings.TrimSpace(string(raw)))
	var what string
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "none was made by xswarm backup"
	case err != nil || perr != nil:
		what = "when the last one was made cannot be read"
	default:
		what = "the last one was made " + at.UTC().Format(time.RFC3339)
	}
	if (err != nil || perr != nil || time.Since(at) > backupMayAge) && x.cfg.Production() {
		x.warn("backup", what, fix)
		return
	}
	x.good("backup", "%s", what)
}

//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
)

// folder is what lies in a directory.
func folder(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

var keyA, keyB = strings.Repeat("a1", sqlite.KeySize), strings.Repeat("b2", sqlite.KeySize)

func TestABackupIsTheDatabase(t *testing.T) {
	for _, key := range []string{"off", keyA} {
		i := newInstallation(t, "XSWARM_DB_KEY="+key).withPerson()
		file := filepath.Join(t.TempDir(), "backup.db")
		if _, said := i.run(0, "backup", file); !strings.Contains(said, "KiB in ") || strings.Contains(said, keyA) {
			t.Errorf("backup: %s", said)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup: %v, %v", info.Mode(), err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("ada@example.com")) == (key == keyA) {
			t.Errorf("with the key %.4s…, the address can be read: %t", key, key != keyA)
		}
		i.refused("--force", "backup", file)
		i.run(0, "backup", "--force", file)

		poured, _ := i.run(0, "backup", "-")
		if err := os.WriteFile(file+"2", []byte(poured), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{file, file + "2"} {
			other := newInstallation(t, "XSWARM_DB_KEY="+key)
			other.run(0, "restore", f)
			other.hasPerson()
			if info, err := os.Stat(other.file("xswarm.db")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("what was restored: %v, %v", info.Mode(), err)
			}
		}
		i.refused("is where the database itself lies", "backup", "--force", i.file("xswarm.db"))
		i.hasPerson()
	}
}

// mails stores a job that mails somebody, as a request would.
func (i installation) mails(kind string) {
	i.Helper()
	e, err := sqlite.Open(i.Context(), sqlite.Options{Path: i.file("xswarm.db")})
	if err != nil {
		i.Fatal(err)
	}
	now := time.Now()
	err = store.New(e, time.Now).EnqueueJobs(i.Context(), jobs.New(kind, map[string]string{"token_id": "tok_x"}, now))
	if err := errors.Join(err, e.Close()); err != nil {
		i.Fatal(err)
	}
}

func TestWhatMayHaveBeenSentSinceABackupIsHeld(t *testing.T) {
	i := newInstallation(t, "XSWARM_DB_KEY=off")
	stdin(t, installationPassword+"\n")
	i.run(0, "user", "create", "ada@example.com")
	i.mails("account.reset")
	i.run(0, "user", "set-tier", "ada@example.com", "ai_secretary", "--reason", "x", "--until", "2999-01-31")
	file := filepath.Join(t.TempDir(), "backup.db")
	i.run(0, "backup", file)
	for _, tc := range []struct {
		args []string
		said string
		held int
	}{
		{[]string{"restore", file}, "1 jobs that people would see done are held", 1},
		{[]string{"restore", "--resume", file}, "", 0},
	} {
		other := newInstallation(t, "XSWARM_DB_KEY=off")
		out, _ := other.run(0, tc.args...)
		if tc.said == "" && strings.Contains(out, "held") || !strings.Contains(out, tc.said) {
			t.Errorf("%v: %s", tc.args, out)
		}
		dead, _ := other.run(0, "jobs", "list", "--state", "dead")
		if n := strings.Count(dead, "account.reset"); n != tc.held || tc.held > 0 && !strings.Contains(dead, "restored from a backup") {
			t.Errorf("%v: %d mails are held, want %d:\n%s", tc.args, n, tc.held, dead)
		}
		// What reaches nobody goes on, and so does what is not due yet.
		if waiting, _ := other.run(0, "jobs", "list", "--state", "queued"); !strings.Contains(waiting, "phone.provision") || !strings.Contains(waiting, "account.grant_ended") {
			t.Errorf("%v: waiting are only\n%s", tc.args, waiting)
		}
		if said, _ := other.run(0, "jobs", "retry", "--all"); !strings.Contains(said, fmt.Sprintf("%d queued again", tc.held)) {
			t.Errorf("%v: %s", tc.args, said)
		}
	}
}

func TestOnlyWhatCanBeUsedIsRestored(t *testing.T) {
	i := newInstallation(t, "XSWARM_DB_KEY="+keyA).withPerson()
	file := filepath.Join(t.TempDir(), "backup.db")
	i.run(0, "backup", file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct{ name, file, key, words string }{
		{"another key", file, keyB, "XSWARM_DB_KEY is not the key"},
		{"no key", file, "off", "XSWARM_DB_KEY is not the key"},
		{"garbage", write("garbage", bytes.Repeat([]byte("garbage "), 9000)), keyA, "no backup of a database"},
		{"cut", write("cut", whole[:len(whole)/2/4096*4096]), keyA, "damaged"},
		{"nothing", write("nothing", nil), keyA, "none of xSwarm's"},
		{"missing", file + "x", keyA, "no such file"},
		{"somebody else's", foreign(t, keyA, "CREATE TABLE t (v TEXT)"), keyA, "none of xSwarm's"},
		{"newer", foreign(t, keyA, "CREATE TABLE goose_db_version (version_id INTEGER)", "INSERT INTO goose_db_version VALUES (99999)"), keyA, "newer version"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			other := newInstallation(t, "XSWARM_DB_KEY="+tc.key)
			other.refused(tc.words, "restore", tc.file)
			if got := folder(t, other.settings["XSWARM_DATA_DIR"]); !slices.Equal(got, []string{"lock"}) {
				t.Errorf("left behind: %v", got)
			}
		})
	}
	t.Run("over another one", func(t *testing.T) {
		i.refused("is there already", "restore", file)
		i.hasPerson()
	})
	t.Run("under a server", func(t *testing.T) {
		s := start(t, t.TempDir())
		other := newInstallation(t, "XSWARM_DATA_DIR="+filepath.Dir(strings.TrimPrefix(databaseOf(t, s), "SQLite in ")))
		other.refused("another server is running", "restore", file)
	})
	t.Run("on Turso", func(t *testing.T) {
		turso := newInstallation(t, "TURSO_DATABASE_URL=https://x.turso.example")
		for _, args := range [][]string{{"backup", "x"}, {"restore", file}, {"rekey", "--new-key", "off"}} {
			turso.refused("point-in-time restore", args...)
		}
	})
}

// databaseOf is what a server says of its database when it starts.
func databaseOf(t *testing.T, s started) string {
	t.Helper()
	_, rest, _ := strings.Cut(s.banner, " (")
	name, _, ok := strings.Cut(rest, ")")
	if !ok {
		t.Fatalf("the server does not say where its data is:\n%s", s.banner)
	}
	return name
}

// foreign makes a database of statements.
func foreign(t *testing.T, key string, statements ...string) string {
	t.Helper()
	raw, err := hex.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "foreign.db")
	e, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Key: raw})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		err := e.One(t.Context(), func(tx db.DBTX) error {
			_, err := tx.ExecContext(t.Context(), s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFullDiskLeavesNothingHalf(t *testing.T) {
	i := newInstallation(t, "XSWARM_DB_KEY="+keyA).withPerson()
	file := filepath.Join(t.TempDir(), "whole.db")
	i.run(0, "backup", file)
	empty, outside := newInstallation(t, "XSWARM_DB_KEY="+keyA), t.TempDir()
	for _, tc := range []struct {
		in      installation
		command string
		says    string
		folder  string
		leaves  []string
	}{
		{i, "backup " + filepath.Join(outside, "backup.db"), "no backup was made", outside, nil},
		{empty, "restore " + file, "was not restored", empty.settings["XSWARM_DATA_DIR"], []string{"lock"}},
		{i, "rekey --new-key off", "the key was not changed", i.settings["XSWARM_DATA_DIR"], []string{
			"jwt-secret", "last-backup", "lock", "sandbox-sendgrid-key", "sandbox-stripe-events-secret", "sandbox-stripe-key", "sandbox-stripe-webhook-secret",
			"sandbox-twilio-token", "xswarm.db",
		}},
	} {
		for _, room := range []int{0, 64} { // blocks of 512 bytes
			cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(`ulimit -S -f %d; exec "$0" %s`, room, tc.command), binary(t))
			cmd.Dir = t.TempDir()
			for name, value := range tc.in.settings {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			said, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(said), tc.says) {
				t.Errorf("%s with room for %d blocks: %s\n%s", tc.command, room, cmd.ProcessState, said)
			}
			if got := folder(t, tc.folder); !slices.Equal(got, tc.leaves) {
				t.Errorf("%s with room for %d blocks leaves %v, want %v", tc.command, room, got, tc.leaves)
			}
		}
	}
	i.hasPerson()
}

func TestTheKeyIsChangedWithTheServerStopped(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(keyB+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := newInstallation(t, "XSWARM_DB_KEY=off").withPerson()
	i.refused("--new-key @FILE", "rekey")
	i.refused("command line", "rekey", "--new-key", keyB)
	i.refused("the new key is the old one", "rekey", "--new-key", "off")
	i.refused("no file is kept", "rekey", "--delete-old")

	i.with("XSWARM_DB_KEY_NEW="+keyA).run(0, "rekey") // from none to one
	i = i.with("XSWARM_DB_KEY=" + keyA)
	i.hasPerson()
	i.refused("rekey --delete-old", "rekey", "--new-key", "@"+keyFile)
	i.with("XSWARM_DB_KEY="+keyB).refused("cannot be read with XSWARM_DB_KEY", "rekey", "--delete-old")
	i.run(0, "rekey", "--delete-old")

	i.run(0, "rekey", "--new-key", "@"+keyFile, "--delete-old") // to another
	i.with("XSWARM_DB_KEY="+keyA).refused("XSWARM_DB_KEY is not the key", "rekey", "--new-key", "off")
	if said, _ := i.run(0, "rekey", "--new-key", "@"+keyFile); !strings.Contains(said, "has the new key already") {
		t.Errorf("a change that is done already: %s", said)
	}
	i = i.with("XSWARM_DB_KEY=" + keyB)
	i.hasPerson()

	i.run(0, "rekey", "--new-key", "off", "--delete-old") // and to none
	i = i.with("XSWARM_DB_KEY=off")
	i.hasPerson()
	want := []string{"lock", "xswarm.db"}
	if got := slices.DeleteFunc(folder(t, i.settings["XSWARM_DATA_DIR"]), func(name string) bool { return !strings.Contains(name, "xswarm") && name != "lock" }); !slices.Equal(got, want) {
		t.Errorf("in the directory: %v, want %v", got, want)
	}

	unlock := lockFor(t, i)
	defer unlock()
	i.refused("another server is running", "rekey", "--new-key", "@"+keyFile)
}

// lockFor holds the lock that a server holds.
func lockFor(t *testing.T, i installation) (unlock func()) {
	t.Helper()
	cfg := configOf(t, i)
	unlock, err := lockDataDir(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

func TestABackupMadeWhileTheServerWritesIsWhole(t *testing.T) {
	t.Parallel()
	const before, meantime = 12, 40
	w := newWorld(t)
	p := w.person()
	for n := range before {
		p.add(n + 1)
	}
	p.once(before)

	file := filepath.Join(t.TempDir(), "backup.db")
	meanwhile := begin(t, "the backup", w.home, w.env(), "backup", file)
	n := before
	for ; n < before+meantime; n++ {
		p.add(n + 1)
	}
	if status := meanwhile.status(); status != 0 {
		t.Fatalf("the backup: got exit status %d\n%s", status, meanwhile.stderr)
	}
	p.once(n) // the server has not noticed
	w.server.stop()

	w.home = t.TempDir()
	w.settings["XSWARM_DATA_DIR"] = w.home
	command(t, w.home, w.env(), "", "restore", file)
	w.database(func(ctx context.Context, e store.Engine) error {
		for query, want := range map[string]string{
			"PRAGMA quick_check": "ok",
			"SELECT coalesce(group_concat(\"table\"), 'none') FROM pragma_foreign_key_check":                                  "none",
			"SELECT count(*) FROM jobs WHERE state = 'running'":                                                               "0",
			"SELECT count(*) - (SELECT count(*) FROM tasks) FROM messages WHERE direction = 'in' AND answered_at IS NOT NULL": "0",
		} {
			var got string
			if err := e.Reader().QueryRowContext(ctx, query).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", query, got, err, want)
			}
		}
		return nil
	})
	w.start()
	tasks := p.tasks()
	for n := range before {
		if got := tasks[errand(n+1)]; got != 1 {
			t.Errorf("%s was acknowledged before the backup began and is there %d times", errand(n+1), got)
		}
	}
}

func TestTheTimeOfABackupIsKeptAndThatOfAFailedOneIsNot(t *testing.T) {
	i := newInstallation(t).withPerson()
	i.refused("no such file", "backup", filepath.Join(t.TempDir(), "no", "such", "folder"))
	if _, err := os.Stat(i.file(lastBackup)); err == nil {
		t.Error("a backup that was not made is remembered")
	}
	i.run(0, "backup", filepath.Join(t.TempDir(), "x.db"))
	raw, err := os.ReadFile(i.file(lastBackup))
	if err != nil {
		t.Fatal(err)
	}
	if at, err := time.Parse(time.RFC3339, string(raw)); err != nil || time.Since(at) > time.Hour {
		t.Errorf("kept: %q, %v", raw, err)
	}
}

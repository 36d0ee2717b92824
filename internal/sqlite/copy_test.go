package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"xswarm.ai/server/internal/sqlite"
)

func keyOf(b byte) []byte { return bytes.Repeat([]byte{b}, sqlite.KeySize) }

func TestACopyHoldsWhatWasAcknowledgedWhenItBegan(t *testing.T) {
	for name, key := range map[string][]byte{"in the clear": nil, "encrypted": keyOf(7)} {
		t.Run(name, func(t *testing.T) {
			from := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: key}
			d := open(t, from)
			must(t, execute(d, "CREATE TABLE IF NOT EXISTS pairs (a INTEGER NOT NULL, b INTEGER NOT NULL) STRICT"))
			for i := range 500 {
				insert(t, d, "row "+strconv.Itoa(i))
			}
			ctx, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			for w := range 4 {
				writers.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						if err := execute(d, "INSERT INTO pairs (a, b) VALUES (?1, ?1), (?1, ?1)", w*1_000_000+i); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			to := sqlite.Options{Path: filepath.Join(t.TempDir(), "copy.db"), Key: key}
			err := sqlite.Copy(t.Context(), from, to)
			stop()
			writers.Wait()
			must(t, err)
			if entries, _ := os.ReadDir(filepath.Dir(to.Path)); len(entries) != 1 {
				t.Errorf("beside the copy there is something else: %v", entries)
			}
			if info, err := os.Stat(to.Path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the copy: %v, %v", info.Mode(), err)
			}

			c := open(t, to)
			if n := count(t, c); n != 500 {
				t.Errorf("got %d of the 500 rows that were acknowledged", n)
			}
			var halves int
			must(t, c.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM (SELECT a FROM pairs GROUP BY a HAVING count(*) <> 2)").Scan(&halves))
			if halves != 0 {
				t.Errorf("%d transactions were copied by half", halves)
			}
		})
	}
}

func TestACopyThatCannotBeMadeLeavesNothing(t *testing.T) {
	from := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: keyOf(7)}
	insert(t, open(t, from), "row")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context
		from sqlite.Options
		want error
	}{
		{name: "another key", ctx: t.Context(), from: sqlite.Options{Path: from.Path, Key: keyOf(8)}, want: sqlite.ErrKey},
		{name: "no such file", ctx: t.Context(), from: sqlite.Options{Path: from.Path + "x"}},
		{name: "interrupted", ctx: over, from: from, want: context.Canceled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			folder := t.TempDir()
			err := sqlite.Copy(tc.ctx, tc.from, sqlite.Options{Path: filepath.Join(folder, "copy.db"), Key: keyOf(7)})
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if entries, _ := os.ReadDir(folder); len(entries) != 0 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
	if _, err := os.Stat(from.Path + "x"); err == nil {
		t.Error("the file that was to be copied was made")
	}
}

func TestACopyDoesNotReplaceAFile(t *testing.T) {
	folder := t.TempDir()
	from, to := sqlite.Options{Path: filepath.Join(folder, "x.db")}, sqlite.Options{Path: filepath.Join(folder, "copy.db")}
	insert(t, open(t, from), "row")
	must(t, os.WriteFile(to.Path, []byte("precious"), 0o600))
	if err := sqlite.Copy(t.Context(), from, to); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
	if got := read(t, to.Path); string(got) != "precious" {
		t.Errorf("the file now says %q", got)
	}
}

func TestVerifyTellsWhatIsWrongWithAFile(t *testing.T) {
	sound := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: keyOf(7)}
	d := open(t, sound)
	insert(t, d, "the first")
	must(t, execute(d, "CREATE INDEX by_value ON t (v)"))
	for i := range 2000 {
		insert(t, d, fmt.Sprintf("a row of some length, number %d", i))
	}
	must(t, d.Close())
	whole := read(t, sound.Path)
	for _, tc := range []struct {
		name string
		file []byte
		key  []byte
		want error
	}{
		{name: "sound", file: whole, key: keyOf(7)},
		{name: "another key", file: whole, key: keyOf(8), want: sqlite.ErrKey},
		{name: "no key", file: whole, want: sqlite.ErrKey},
		{name: "cut in the middle", file: whole[:len(whole)/2], key: keyOf(7), want: sqlite.ErrDamaged},
		{name: "a page of noise", file: noisy(whole), key: keyOf(7), want: sqlite.ErrDamaged},
		{name: "garbage", file: bytes.Repeat([]byte("garbage "), 4096), want: sqlite.ErrKey},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "y.db")
			must(t, os.WriteFile(path, tc.file, 0o600))
			if err := sqlite.Verify(t.Context(), sqlite.Options{Path: path, Key: tc.key}); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// noisy returns a file with one page in its middle replaced.
func noisy(file []byte) []byte {
	const page = 4096
	out := bytes.Clone(file)
	copy(out[len(out)/page/2*page:], bytes.Repeat([]byte{0x5a}, page))
	return out
}

func TestAFileMayBeNamedFromTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	d := open(t, sqlite.Options{Path: filepath.Join(dir, "a.db")})
	must(t, execute(d, "CREATE TABLE t (v TEXT NOT NULL) STRICT"))
	must(t, sqlite.Verify(t.Context(), sqlite.Options{Path: "./a.db"}))
	must(t, sqlite.Copy(t.Context(), sqlite.Options{Path: "a.db"}, sqlite.Options{Path: "./b.db"}))
	must(t, sqlite.Verify(t.Context(), sqlite.Options{Path: "b.db"}))
}

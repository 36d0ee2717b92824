package sqlite_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"xswarm.ai/server/internal/sqlite"
)

func TestTheKeyOfADatabaseIsChanged(t *testing.T) {
	for _, tc := range []struct {
		name     string
		old, key []byte
	}{
		{name: "to another key", old: keyOf(7), key: keyOf(8)},
		{name: "to a key for the first time", key: keyOf(8)},
		{name: "to none", old: keyOf(7)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: tc.old}
			d := open(t, o)
			insert(t, d, "row")
			must(t, d.Close())
			must(t, sqlite.Rekey(t.Context(), o, tc.key))

			if n := count(t, open(t, sqlite.Options{Path: o.Path, Key: tc.key})); n != 1 {
				t.Errorf("with the new key %d rows are there", n)
			}
			if _, err := sqlite.Open(t.Context(), o); !errors.Is(err, sqlite.ErrKey) {
				t.Errorf("with the old key: got %v", err)
			}
			if n := count(t, open(t, sqlite.Options{Path: o.Path + sqlite.BeforeRekey, Key: tc.old})); n != 1 {
				t.Errorf("in the file that was kept %d rows are there", n)
			}
			if err := sqlite.Rekey(t.Context(), sqlite.Options{Path: o.Path, Key: tc.key}, keyOf(9)); !errors.Is(err, sqlite.ErrKept) {
				t.Errorf("a second change with the first one's file still there: got %v", err)
			}
		})
	}
}

func TestTheKeyIsNotChangedUnderAnotherProgram(t *testing.T) {
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: keyOf(7)}
	d := open(t, o)
	insert(t, d, "row")
	if err := sqlite.Rekey(t.Context(), o, keyOf(8)); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	insert(t, d, "another")
	if n := count(t, d); n != 2 {
		t.Errorf("%d rows are there", n)
	}
}

// rekeying names, in the environment of a copy of this test's program, the
// database whose key it is to change, and rekeyUntil where it is killed.
const rekeying, rekeyUntil = "SQLITE_TEST_REKEYING", "SQLITE_TEST_REKEY_UNTIL"

func rekeyUntilKilled(path string) {
	err := sqlite.RekeyUntil(context.Background(), sqlite.Options{Path: path, Key: keyOf(7)}, keyOf(8), func(step string) {
		if step == os.Getenv(rekeyUntil) {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
			select {}
		}
	})
	if err != nil {
		panic(err)
	}
}

func TestARekeyThatIsKilledLeavesAUsableDatabase(t *testing.T) {
	for step, key := range map[string][]byte{"alone": keyOf(7), "copied": keyOf(7), "linked": keyOf(7), "renamed": keyOf(8)} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			o := sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Key: keyOf(7)}
			d := open(t, o)
			insert(t, d, "row")
			must(t, d.Close())
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), rekeying+"="+o.Path, rekeyUntil+"="+step)
			if said, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.Exited() {
				t.Fatalf("it was not killed: %v\n%s", err, said)
			}

			o.Key = key
			d = open(t, o)
			if n := count(t, d); n != 1 {
				t.Errorf("%d rows are there", n)
			}
			must(t, d.Close())
			if step == "renamed" {
				return // it was done
			}
			must(t, sqlite.Rekey(t.Context(), o, keyOf(8)))
			if n := count(t, open(t, sqlite.Options{Path: o.Path, Key: keyOf(8)})); n != 1 {
				t.Errorf("after the second attempt %d rows are there", n)
			}
			if _, err := os.Stat(o.Path + ".rekey"); err == nil {
				t.Error("the killed one's copy is still there")
			}
		})
	}
}

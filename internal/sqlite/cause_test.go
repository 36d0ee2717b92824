//go:build linux

package sqlite_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xswarm.ai/server/internal/sqlite"
)

func TestTheErrorOfADiskThatTakesNothingSaysWhy(t *testing.T) {
	d := withTable(t)
	insert(t, d, "before")
	// A limit on the size of files fails a write as a full disk does.
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	full := syscall.Rlimit{Cur: 0, Max: limit.Max}
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	err := execute(d, "INSERT INTO t (v) VALUES ('during')")
	_, oerr := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	for doing, err := range map[string]error{"write": err, "open": oerr} {
		if err == nil || !strings.Contains(err.Error(), "file too large") {
			t.Errorf("%s: got %v, want an error that says what the system says", doing, err)
		}
	}
	insert(t, d, "after")
	if n := count(t, d); n != 2 {
		t.Errorf("%d rows are there, want those that were acknowledged", n)
	}
}

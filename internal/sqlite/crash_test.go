package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"xswarm.ai/server/internal/sqlite"
)

// crashing names, in the environment of a copy of this test's program, the file
// into which it writes until it is killed.
const crashing = "SQLITE_TEST_CRASHING"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashing); path != "" {
		writeUntilKilled(path)
		return
	}
	if path := os.Getenv(rekeying); path != "" {
		rekeyUntilKilled(path)
		return
	}
	os.Exit(m.Run())
}

func crashKey() []byte { return bytes.Repeat([]byte{3}, sqlite.KeySize) }

// writeUntilKilled prints each row after it was acknowledged.
func writeUntilKilled(path string) {
	d, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Key: crashKey()})
	if err != nil {
		panic(err)
	}
	if err := execute(d, "CREATE TABLE t (v TEXT NOT NULL) STRICT"); err != nil {
		panic(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				v := fmt.Sprintf("%d-%d", w, i)
				if err := execute(d, "INSERT INTO t (v) VALUES (?)", v); err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Println(v)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestWhatWasAcknowledgedSurvivesTheProgramBeingKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashing+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())

	var acknowledged []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
		if len(acknowledged) == 300 {
			must(t, cmd.Process.Kill())
		}
	}
	cmd.Wait()
	if len(acknowledged) < 300 {
		t.Fatalf("the program wrote only %d rows", len(acknowledged))
	}

	d := open(t, sqlite.Options{Path: path, Key: crashKey()})
	var sound string
	must(t, d.Reader().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound))
	if sound != "ok" {
		t.Errorf("the file is damaged: %s", sound)
	}
	for _, v := range acknowledged {
		var n int
		must(t, d.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM t WHERE v = ?", v).Scan(&n))
		if n != 1 {
			t.Errorf("row %s was acknowledged and is there %d times", v, n)
		}
	}
}

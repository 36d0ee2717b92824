package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/hrana"
	"xswarm.ai/server/internal/store"
)

// TursoEngine returns a fresh, migrated database on a Turso server of its own.
func TursoEngine(t testing.TB) store.Engine {
	t.Helper()
	files, err := tursoTemplate()
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	return openTurso(t, files)
}

// TursoURL returns the address of a Turso server of its own whose database is
// empty, for tests of programs that connect themselves.
func TursoURL(t testing.TB) string {
	t.Helper()
	srv, err := startTurso(filepath.Join(t.TempDir(), tursoFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.stop)
	return srv.URL
}

// openTurso starts a server on a database that begins as the given files.
func openTurso(t testing.TB, files map[string][]byte) store.Engine {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := startTurso(filepath.Join(dir, tursoFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.stop)
	return srv.engine
}

const tursoFile = "turso.db"

// tursoTemplate is the files of an empty, migrated database.
var tursoTemplate = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "xswarm-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	srv, err := startTurso(filepath.Join(dir, tursoFile))
	if err != nil {
		return nil, err
	}
	err = store.New(srv.engine, time.Now).Migrate(context.Background())
	srv.stop()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{tursoFile, tursoFile + "-wal"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// turso is a running Turso server. It serves one file, so each test has its own;
// starting one takes some 20 ms.
type turso struct {
	URL    string
	engine store.Engine

	cmd       *exec.Cmd
	stdin     io.Closer
	transport *http.Transport
	output    *apptest.Output
}

// startTurso starts a server for a file and waits until it answers.
func startTurso(path string) (*turso, error) {
	bin, err := tursoBinary()
	if err != nil {
		return nil, err
	}
	for range 5 {
		srv, err := tryTurso(bin, path)
		if srv != nil || err != nil {
			return srv, err
		}
	}
	return nil, fmt.Errorf("no free port was found for %s", bin)
}

// tryTurso returns nil if somebody else took the port.
func tryTurso(bin, path string) (*turso, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()

	// The shell ends the server when the test's process is gone, however it went.
	cmd := exec.Command("sh", "-c", `"$0" "$1" --sync-server "$2" & read _; kill -9 $!; wait`, bin, path, addr)
	srv := &turso{URL: "http://" + addr, cmd: cmd, output: &apptest.Output{}, transport: &http.Transport{}}
	cmd.Stdout, cmd.Stderr = srv.output, srv.output
	if srv.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	db, err := hrana.Open(hrana.Options{URL: srv.URL, Transport: srv.transport})
	if err != nil {
		srv.stop()
		return nil, err
	}
	srv.engine = store.Remote(db, addr)
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		var seq int
		var name, file string
		err = db.QueryRow("PRAGMA database_list").Scan(&seq, &name, &file)
		if err == nil && filepath.Clean(file) == filepath.Clean(path) {
			return srv, nil
		}
		if err == nil { // another server has the port
			srv.stop()
			return nil, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	srv.stop()
	return nil, fmt.Errorf("start %s: %w\n%s", bin, err, srv.output)
}

func (s *turso) stop() {
	if s.engine != nil {
		s.engine.Close()
	}
	s.transport.CloseIdleConnections()
	s.stdin.Close()
	s.cmd.Wait()
}

// tursoBinary returns the path of the server.
func tursoBinary() (string, error) {
	bin := os.Getenv("XSWARM_TURSODB")
	if bin == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		bin = filepath.Join(cache, "xswarm", "tursodb-0.7.0", "package", "tursodb")
	}
	if _, err := os.Stat(bin); err != nil {
		return "", fmt.Errorf("the Turso server is missing (%w); run ./scripts/test, which installs it, or "+
			"npm pack @tursodatabase/cli-linux-x64-gnu@0.7.0, unpack it, and set XSWARM_TURSODB to package/tursodb", err)
	}
	return bin, nil
}

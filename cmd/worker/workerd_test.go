//go:build linux

package worker_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
)

// built is what the tests run, made once: the Worker in the tests' build, and
// the server's program, for its commands and its sandbox.
var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// build returns the folder with worker.js, worker.wasm and xswarm.
func build(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "xswarm-worker-"); built.err != nil {
			return
		}
		for _, args := range [][]string{
			{"sh", "../../scripts/worker", "build", built.dir, "-tags", "nethttpomithttp2,workertest"},
			{"go", "build", "-o", filepath.Join(built.dir, "xswarm"), "../xswarm"},
		} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
			if said, err := cmd.CombinedOutput(); err != nil {
				built.err = fmt.Errorf("%v: %w\n%s", args, err, said)
				return
			}
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// process is a program that runs until the test ends.
type process struct {
	cmd   *exec.Cmd
	said  *apptest.Output
	ended chan struct{}
}

// launch starts a program; what it said is shown if the test failed.
func launch(t testing.TB, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(args[0], args[1:]...), said: &apptest.Output{}, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, p.said, p.said
	// Should the tests be ended from outside, it does not live on.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			said := p.said.String()
			t.Logf("%s said:\n%s", filepath.Base(args[0]), said[max(0, len(said)-6000):])
		}
	})
	return p
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// workerd is Cloudflare's runtime with the Worker in it.
type workerd struct {
	*process
	url  string // where the Worker answers
	cron string // each request to it is a cron event
}

const secret = "a secret of the tests, long enough for them"

// quiet are the settings of a Worker that reaches nobody but its database.
func quiet(turso string) map[string]string {
	return map[string]string{
		"TURSO_DATABASE_URL": turso, "JWT_SECRET": secret,
		"SENDGRID_API_KEY": "off", "TWILIO_ACCOUNT_SID": "off", "STRIPE_SECRET_KEY": "off",
	}
}

// startWorker runs the Worker at a free port, or at the given address.
func startWorker(t testing.TB, bindings map[string]string, address ...string) *workerd {
	t.Helper()
	runtime := workerdBinary(t)
	dir := t.TempDir()
	for _, name := range []string{"worker.js", "wasm_exec.js", "worker.wasm"} {
		if err := os.Symlink(filepath.Join(build(t), name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"entry.js", "cron.js"} {
		source, err := os.ReadFile(filepath.Join("testdata", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), source, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	main, cron := apptest.FreePort(t), apptest.FreePort(t)
	if len(address) > 0 {
		main = address[0]
	}
	bindings = maps.Clone(bindings)
	if bindings["BASE_URL"] == "" {
		_, port, _ := net.SplitHostPort(main)
		bindings["BASE_URL"] = "http://localhost:" + port
	}
	if err := os.WriteFile(filepath.Join(dir, "config.capnp"), []byte(config(bindings, main, cron)), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &workerd{url: "http://" + main, cron: "http://" + cron}
	w.process = launch(t, dir, []string{"TMPDIR=" + dir}, runtime, "serve", "config.capnp", "--experimental")
	until(t, "workerd listens", 30*time.Second, func() bool {
		conn, err := net.Dial("tcp", main)
		if err == nil {
			conn.Close()
		}
		return err == nil || w.over()
	})
	if w.over() {
		t.Fatalf("workerd ended at its start:\n%s", w.said)
	}
	return w
}

// config is what workerd is to run: the Worker, as wrangler.toml describes it to
// the platform, and the tests' cron.
func config(bindings map[string]string, main, cron string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(bindings)) {
		list = append(list, fmt.Sprintf("(name = %q, text = %q)", name, bindings[name]))
	}
	return fmt.Sprintf(`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "cron", worker = .cron),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [
    (name = "main", address = %q, http = (), service = "main"),
    (name = "cron", address = %q, http = (), service = "cron"),
  ],
);
const main :Workerd.Worker = (
  modules = [
    (name = "entry.js", esModule = embed "entry.js"),
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "wasm_exec.js", esModule = embed "wasm_exec.js"),
    (name = "worker.wasm", wasm = embed "worker.wasm"),
  ],
  compatibilityDate = %q,
  compatibilityFlags = ["enable_request_signal"],
  bindings = [%s],
);
const cron :Workerd.Worker = (
  modules = [(name = "cron.js", esModule = embed "cron.js")],
  compatibilityDate = %[3]q,
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "MAIN", service = "main")],
);
`, main, cron, compatibilityDate, strings.Join(list, ", "))
}

// compatibilityDate is wrangler.toml's; a test compares them.
const compatibilityDate = "2026-11-01"

// event is one cron event, to its end.
func (w *workerd) event(t testing.TB) {
	t.Helper()
	res, err := client.Get(w.cron)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("a cron event: got %d", res.StatusCode)
	}
}

// beat sends cron events until the test ends.
func (w *workerd) beat(t testing.TB) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if res, err := client.Get(w.cron); err == nil {
				res.Body.Close()
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
}

// resident is how much memory the process has in use now.
func (p *process) resident(t testing.TB) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	fmt.Sscan(string(raw), &size, &pages)
	return pages * os.Getpagesize()
}

// client is the tests' own.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// workerdBinary returns the path of Cloudflare's runtime.
func workerdBinary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("XSWARM_WORKERD")
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(cache, "xswarm", "workerd-1.20261117.1", "package", "bin", "workerd")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("workerd is missing (%v); run ./scripts/test, which installs it, or "+
			"npm pack @cloudflare/workerd-linux-64@1.20261117.1, unpack it, and set XSWARM_WORKERD to package/bin/workerd", err)
	}
	return path
}

// until polls f until it says that it is so.
func until(t testing.TB, what string, limit time.Duration, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain until %s", limit, what)
		}
	}
}

//go:build linux

package worker_test

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/store/storetest"
)

const sharedNumber = "+18335550100"

// world is the Worker with all that it needs around it: a Turso server, and the
// vendors' emulators in a process of their own.
type world struct {
	apptest.Target
	*workerd
	settings map[string]string
	ahead    atomic.Int64 // milliseconds
}

func newWorld(t *testing.T) *world {
	t.Helper()
	address, vendors := apptest.FreePort(t), apptest.FreePort(t)
	_, port, _ := net.SplitHostPort(address)
	x := &world{settings: map[string]string{
		"TURSO_DATABASE_URL": migrated(t), "JWT_SECRET": secret, "BASE_URL": "http://localhost:" + port,
	}}
	sandbox := launch(t, t.TempDir(), nil, program(t), "sandbox", "--addr", vendors, "--product-url", x.settings["BASE_URL"])
	until(t, "the sandbox prints its settings", 20*time.Second, func() bool {
		return strings.Contains(sandbox.said.String(), "xswarm setup stripe") || sandbox.over()
	})
	for _, m := range regexp.MustCompile(`(?m)^  (\w+)=(\S+)$`).FindAllStringSubmatch(sandbox.said.String(), -1) {
		x.settings[m[1]] = m[2]
	}
	command(t, x.settings, "setup", "stripe")
	x.workerd = startWorker(t, x.settings, address)
	x.Target = apptest.Target{
		BaseURL: x.url, Sandbox: "http://" + vendors + "/sandbox", Shared: sharedNumber,
		Grant: x.grant, Operate: x.operate, Advance: x.advance,
	}
	return x
}

// grant does what an operator does, since the inspector that would do it is in
// another process.
func (x *world) grant(t *testing.T, userID, tier string) {
	t.Helper()
	x.operate(t, "user", "set-tier", userID, tier, "--reason", "stories")
}

func (x *world) operate(t *testing.T, args ...string) {
	t.Helper()
	command(t, x.settings, args...)
}

func (x *world) advance(t *testing.T, d time.Duration) {
	t.Helper()
	res, err := client.Get(fmt.Sprintf("%s/test/ahead?ms=%d", x.url, x.ahead.Add(d.Milliseconds())))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

// program is the server's.
func program(t testing.TB) string { return filepath.Join(build(t), "xswarm") }

// command runs one of the server's commands to its end.
func command(t testing.TB, settings map[string]string, args ...string) string {
	t.Helper()
	return withInput(t, settings, "", args...)
}

func withInput(t testing.TB, settings map[string]string, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Dir, cmd.Stdin, cmd.Env = t.TempDir(), strings.NewReader(stdin), []string{} // not the tests' own
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("xswarm %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
}

// migrated returns the address of a Turso server with the product's schema, which
// `xswarm migrate` made.
func migrated(t testing.TB) string {
	t.Helper()
	url := storetest.TursoURL(t)
	command(t, map[string]string{"TURSO_DATABASE_URL": url}, "migrate")
	return url
}

func TestTheStoriesComeTrueOnTheWorker(t *testing.T) {
	x := newWorld(t)
	x.beat(t)
	apptest.Stories(t, x.Target)
	log := x.said.String()
	if regexp.MustCompile(`@example\.com|\+1202555|s3cret|correct horse`).MatchString(log) {
		t.Errorf("an address, a number or a secret is in the log:\n%s", log)
	}
	for _, bad := range []string{"different request", "given up", "Uncaught", "hung"} {
		if strings.Contains(log, bad) {
			t.Errorf("the log says %q", bad)
		}
	}
}

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
)

// built is the real binary, made once for all the tests that run it.
var built struct {
	sync.Once
	dir, path string
	err       error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// binary returns the path of the program, as it is released: static, without the
// race detector.
func binary(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "xswarm-binary-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "xswarm")
		build := exec.Command("go", "build", "-o", built.path, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if said, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, said)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// process is the binary, running.
type process struct {
	t              *testing.T
	name           string
	cmd            *exec.Cmd
	stdout, stderr *apptest.Output
	ended          chan struct{} // closed when it has ended
}

// launch runs the binary until the test ends; what it said is shown if the test
// failed. It returns when it has said that it is ready. Everything it knows of
// the environment is env.
func launch(t *testing.T, name, dir string, env []string, ready string, args ...string) *process {
	t.Helper()
	p := begin(t, name, dir, env, args...)
	p.t.Helper()
	until(t, name+" is ready", 20*time.Second, func() (bool, any) {
		return strings.Contains(p.stdout.String(), ready) || p.over(), "nothing"
	})
	if p.over() {
		t.Fatalf("%s ended at its start: %s\n%s", name, p.cmd.ProcessState, p.stderr)
	}
	return p
}

// begin runs the binary and does not wait for anything.
func begin(t *testing.T, name, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{
		t: t, name: name, cmd: exec.Command(binary(t), args...),
		stdout: &apptest.Output{}, stderr: &apptest.Output{}, ended: make(chan struct{}),
	}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, p.stdout, p.stderr
	// Should the tests be ended from outside, it does not live on.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		p.kill()
		if said := p.stderr.String(); t.Failed() && said != "" {
			t.Logf("%s (%s) said:\n%s", name, p.cmd.ProcessState, last(said, 4000))
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

// kill ends it as a crash would.
func (p *process) kill() {
	p.cmd.Process.Kill() // it may be over already
	<-p.ended
}

// terminate asks it to end, as an operator's system does.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("end %s: %v", p.name, err)
	}
}

// status waits until it has ended, and returns its exit status.
func (p *process) status() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2*drainTime - time.Second): // an operator's system waits 30 seconds
		p.t.Errorf("%s does not end", p.name)
		p.kill()
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop ends it in good order.
func (p *process) stop() {
	p.t.Helper()
	p.terminate()
	if status := p.status(); status != 0 {
		p.t.Errorf("%s: got exit status %d", p.name, status)
	}
}

// command runs the binary to its end and returns what it printed.
func command(t *testing.T, dir string, env []string, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, env, strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("xswarm %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return strings.TrimSpace(out.String())
}

// until polls f until it says that it is so; what it saw last is printed if that
// never happens.
func until(t *testing.T, what string, limit time.Duration, f func() (ok bool, saw any)) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		ok, saw := f()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain until %s; saw last: %v", limit, what, saw)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// last returns the end of a long text.
func last(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

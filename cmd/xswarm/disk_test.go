//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"
)

// The disk is filled by a limit on the size of files, which, unlike a small file
// system, needs no rights: writing past it fails as writing to a full disk does.

// fillDisk lets the running server write nothing any more.
func (p *process) fillDisk() { p.t.Helper(); p.limitFiles(0) }

// emptyDisk lets it write again.
func (p *process) emptyDisk() { p.t.Helper(); p.limitFiles(^uint64(0)) }

// fillDiskSoon leaves the server a little room for its log of changes.
func (p *process) fillDiskSoon(w *world) {
	p.t.Helper()
	info, err := os.Stat(filepath.Join(w.home, "xswarm.db-wal"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.limitFiles(uint64(info.Size()) + 128<<10)
}

// startOnFullDisk starts a server that can write nothing, and returns what it
// says before it gives up.
func (w *world) startOnFullDisk() string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -S -f 0; exec "$0" serve`, binary(w.t))
	cmd.Dir, cmd.Env = w.home, w.env()
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 {
		w.t.Errorf("a server that starts on a full disk: got %v, want exit status 1", err)
	}
	return string(said)
}

func (p *process) limitFiles(n uint64) {
	p.t.Helper()
	var limit syscall.Rlimit
	call := func(set, get *syscall.Rlimit) {
		p.t.Helper()
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), syscall.RLIMIT_FSIZE,
			uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(get)), 0, 0)
		if errno != 0 {
			p.t.Fatalf("limit the files of %s: %v", p.name, errno)
		}
	}
	call(nil, &limit)
	limit.Cur = min(n, limit.Max) // without rights the upper limit cannot be raised again
	call(&limit, nil)
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is a program under load.
type child struct {
	cmd   *exec.Cmd
	base  string
	ready time.Duration // from its start to its first good answer
	log   *os.File      // what it says
	token string        // of whom requests are; "" for nobody's
}

// said is what the program has printed so far.
func (c *child) said() string {
	b, err := os.ReadFile(c.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// free is an address that nobody listens on.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// server starts the product in a data directory.
func (b *bench) server(dir string) (*child, error) {
	address, err := free()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.binary)
	cmd.Dir = dir
	cmd.Env = []string{"XSWARM_ADDR=" + address, "XSWARM_DATA_DIR=" + dir, "TRUSTED_PROXIES=127.0.0.1"}
	return launch(cmd, "http://"+address, "/readyz")
}

// reference starts one of the things to compare with.
func (b *bench) reference(name, dir, path string) (*child, error) {
	address, err := free()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-reference", name, "-dir", dir, "-address", address)
	return launch(cmd, "http://"+address, path)
}

// launch starts a program and waits until it answers.
func launch(cmd *exec.Cmd, base, path string) (*child, error) {
	return begin(cmd, base, func() bool {
		res, err := client.Get(base + path)
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// listening starts a program and waits until its port is open.
func listening(cmd *exec.Cmd, address string) (*child, error) {
	return begin(cmd, "http://"+address, func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// begin starts a program and waits until it is ready.
func begin(cmd *exec.Cmd, base string, ready func() bool) (*child, error) {
	c := &child{cmd: cmd, base: base}
	var err error
	if c.log, err = os.CreateTemp("", "bench"); err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begun) < 30*time.Second {
		if ready() {
			c.ready = time.Since(begun)
			return c, nil
		}
		time.Sleep(time.Millisecond)
	}
	err = fmt.Errorf("%s is not ready:\n%s", filepath.Base(cmd.Path), c.said())
	c.kill()
	return nil, err
}

func (c *child) stop() error {
	defer os.Remove(c.log.Name())
	defer c.log.Close()
	c.cmd.Process.Signal(syscall.SIGTERM)
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, c.said())
	}
	return nil
}

// kill ends a program that has nothing to put in order.
func (c *child) kill() {
	defer os.Remove(c.log.Name())
	defer c.log.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// resident is how much memory the program holds, in MiB.
func (c *child) resident() (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// start measures how long it takes until the server is ready, and what it holds
// when nobody has come for a while.
func (b *bench) start() error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var fresh, again, bare []float64
	for i := range 5 {
		at := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(at, 0o700); err != nil {
			return err
		}
		for _, list := range []*[]float64{&fresh, &again} {
			c, err := b.server(at)
			if err != nil {
				return err
			}
			*list = append(*list, ms(c.ready))
			if err := c.stop(); err != nil {
				return fmt.Errorf("the server did not end well: %w", err)
			}
		}
		c, err := b.reference("hello", "", "/")
		if err != nil {
			return err
		}
		bare = append(bare, ms(c.ready))
		c.stop()
	}
	row("start to ready, new database", fmt.Sprintf("%.0f ms", median(fresh)), "target: under 300 ms; a bare net/http server: "+fmt.Sprintf("%.0f ms", median(bare)))
	row("start to ready, again", fmt.Sprintf("%.0f ms", median(again)), "")

	c, err := b.server(dir)
	if err != nil {
		return err
	}
	defer c.stop()
	h, err := b.reference("hello", "", "/")
	if err != nil {
		return err
	}
	defer h.stop()
	time.Sleep(20 * time.Second)
	mine, err := c.resident()
	if err != nil {
		return err
	}
	theirs, err := h.resident()
	if err != nil {
		return err
	}
	row("resident when idle, with sandbox", fmt.Sprintf("%.0f MiB", mine), fmt.Sprintf("target: under 60 MiB; a bare net/http server: %.0f MiB", theirs))
	return nil
}

package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed reference.js
var referenceJS []byte

const benchSecret = "a-secret-of-the-bench-that-is-long-enough"

// worker measures the Worker on Cloudflare's runtime and a Turso server, beside a
// small JavaScript Worker that answers the same on the same.
func (b *bench) worker() error {
	if err := b.workerSize(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	turso, err := b.turso(dir)
	if err != nil {
		return err
	}
	defer turso.stop()
	if err := b.coldStart(dir, turso); err != nil {
		return err
	}
	return b.workerLoad(dir, turso)
}

// workerSize prints the size of what is deployed.
func (b *bench) workerSize() error {
	var raw int64
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, name := range []string{"worker.wasm", "worker.js", "wasm_exec.js"} {
		f, err := os.Open(filepath.Join(b.dist, name))
		if err != nil {
			return err
		}
		n, err := io.Copy(z, f)
		f.Close()
		if err != nil {
			return err
		}
		raw += n
	}
	if err := z.Close(); err != nil {
		return err
	}
	row("Worker", fmt.Sprintf("%.2f MB gzip, %.1f MB raw", float64(packed.Len())/1e6, float64(raw)/1e6), "target: at most 4.5 MB gzip")
	return nil
}

// turso starts a Turso server with a migrated database and one account.
func (b *bench) turso(dir string) (*child, error) {
	address, err := free()
	if err != nil {
		return nil, err
	}
	c, err := listening(exec.Command(b.tursodb, filepath.Join(dir, "turso.db"), "--sync-server", address), address)
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"migrate"}, {"user", "create", account}} {
		cmd := exec.Command(b.binary, args...)
		cmd.Dir = dir
		cmd.Env = []string{"TURSO_DATABASE_URL=" + c.base, "XSWARM_DATA_DIR=" + dir, "JWT_SECRET=" + benchSecret}
		cmd.Stdin = strings.NewReader(password + "\n")
		if said, err := cmd.CombinedOutput(); err != nil {
			c.stop()
			return nil, fmt.Errorf("xswarm %s: %w\n%s", args[0], err, said)
		}
	}
	return c, nil
}

// account is the account's.
const account = "bench@example.com"

// modules are the files of the two Workers; the first one is the entry.
var (
	product    = []string{"worker.js", "wasm_exec.js", "worker.wasm"}
	javaScript = []string{"reference.js"}
)

// workerd starts Cloudflare's runtime with a Worker in it.
func (b *bench) workerd(dir string, turso *child, modules []string, instances int) (*child, error) {
	address, err := free()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp(dir, "workerd")
	if err != nil {
		return nil, err
	}
	var embeds []string
	for _, name := range modules {
		source, err := os.ReadFile(filepath.Join(b.dist, name))
		if name == javaScript[0] {
			source, err = referenceJS, nil
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(home, name), source, 0o600)
		}
		if err != nil {
			return nil, err
		}
		kind := "esModule"
		if strings.HasSuffix(name, ".wasm") {
			kind = "wasm"
		}
		embeds = append(embeds, fmt.Sprintf("(name = %q, %s = embed %[1]q)", name, kind))
	}
	settings := map[string]string{
		"TURSO_DATABASE_URL": turso.base, "JWT_SECRET": benchSecret, "BASE_URL": "http://localhost:8787",
		"SENDGRID_API_KEY": "off", "TWILIO_ACCOUNT_SID": "off", "STRIPE_SECRET_KEY": "off", "MAX_INSTANCES": fmt.Sprint(instances),
	}
	var bindings []string
	for name, value := range settings {
		bindings = append(bindings, fmt.Sprintf("(name = %q, text = %q)", name, value))
	}
	slices.Sort(bindings)
	config := fmt.Sprintf(`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private", "local"]))],
  sockets = [(name = "main", address = %q, http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [%s],
  compatibilityDate = "2026-11-01", compatibilityFlags = ["enable_request_signal"],
  bindings = [%s],
);
`, address, strings.Join(embeds, ", "), strings.Join(bindings, ", "))
	if err := os.WriteFile(filepath.Join(home, "config.capnp"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(b.runtime, "serve", "config.capnp", "--experimental")
	cmd.Dir = home
	return listening(cmd, address)
}

// coldStart measures how long the first answer takes: of a process that is just
// being started, and of a fresh instance in a process that already listens.
func (b *bench) coldStart(dir string, turso *child) error {
	for _, w := range []struct {
		name, target string
		modules      []string
	}{{"Worker", "target: a cold instance under 150 ms", product}, {"JavaScript Worker", "", javaScript}} {
		var process, instance []float64
		for range 5 {
			c, err := b.workerd(dir, turso, w.modules, 1)
			if err != nil {
				return err
			}
			begun := time.Now()
			err = send(func(int64) (*http.Request, error) { return http.NewRequest("GET", c.base+"/healthz", nil) }, 0, http.StatusOK)
			took := time.Since(begun)
			c.kill()
			if err != nil {
				return err
			}
			process, instance = append(process, ms(c.ready+took)), append(instance, ms(took))
		}
		row(w.name+", first answer", fmt.Sprintf("%.0f ms instance, %.0f ms process", median(instance), median(process)), w.target)
	}
	return nil
}

// workerLoad measures warm requests and memory.
func (b *bench) workerLoad(dir string, turso *child) error {
	many, err := b.workerd(dir, turso, product, 4)
	if err != nil {
		return err
	}
	defer many.kill()
	js, err := b.workerd(dir, turso, javaScript, 1)
	if err != nil {
		return err
	}
	defer js.kill()
	var in struct{ Token string }
	if err := many.json("POST", "/auth/login", map[string]string{"email": account, "password": password}, &in); err != nil {
		return err
	}
	get := func(c *child, path string) call {
		return func(int64) (*http.Request, error) {
			req, err := http.NewRequest("GET", c.base+path, nil)
			if err == nil {
				req.Header.Set("Authorization", "Bearer "+in.Token)
			}
			return req, err
		}
	}
	for _, path := range []string{"/healthz", "/auth/me"} {
		var ratios, rates []float64
		for range b.rounds {
			a, err := closed(16, b.span, http.StatusOK, get(many, path))
			if err != nil {
				return err
			}
			z, err := closed(16, b.span, http.StatusOK, get(js, path))
			if err != nil {
				return err
			}
			ratios, rates = append(ratios, a/z), append(rates, a)
		}
		row("Worker GET "+path+", warm", fmt.Sprintf("%.2f x  (%.0f /s)", median(ratios), median(rates)), "beside a JavaScript Worker on the same workerd and Turso")
	}
	return b.instances(dir, turso, many)
}

// instances prints what one more instance takes: what four take over what one
// does, after the same requests.
func (b *bench) instances(dir string, turso, four *child) error {
	one, err := b.workerd(dir, turso, product, 1)
	if err != nil {
		return err
	}
	defer one.kill()
	if _, err := closed(16, b.span, http.StatusOK, func(int64) (*http.Request, error) { return http.NewRequest("GET", one.base+"/healthz", nil) }); err != nil {
		return err
	}
	a, err := one.resident()
	if err != nil {
		return err
	}
	z, err := four.resident()
	if err != nil {
		return err
	}
	row("Worker, memory of an instance", fmt.Sprintf("%.0f MiB", (z-a)/3), fmt.Sprintf("workerd with one: %.0f MiB, with four: %.0f MiB", a, z))
	return nil
}

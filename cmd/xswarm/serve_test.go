package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/store/storetest"
)

// started is a server under test: the very command, with its own data directory.
type started struct {
	target apptest.Target
	banner string
	stderr *apptest.Output
	stop   func() int // ends it as a signal would, and returns its exit status
}

// start runs the command until the test ends. Settings are NAME=VALUE.
func start(t *testing.T, dir string, settings ...string) started {
	t.Helper()
	env := map[string]string{"XSWARM_ADDR": "127.0.0.1:0", "XSWARM_DATA_DIR": dir}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		env[name] = value
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	stderr := &apptest.Output{}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, nil, func(name string) string { return env[name] }, in, stderr)
		in.Close()
	}()
	var once sync.Once
	s := started{stderr: stderr}
	s.stop = func() (code int) {
		once.Do(func() {
			cancel()
			go io.Copy(io.Discard, out)
			select {
			case code = <-status:
			case <-time.After(30 * time.Second):
				t.Error("the server does not end")
			}
		})
		return code
	}
	t.Cleanup(func() {
		s.stop()
		if said := stderr.String(); t.Failed() && said != "" {
			t.Logf("the server said:\n%s", said[max(0, len(said)-4000):])
		}
	})

	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.banner += lines.Text() + "\n"
		if m := regexp.MustCompile(`on (http://\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			s.target = apptest.Target{BaseURL: m[1], Sandbox: m[1] + "/sandbox", Shared: sharedNumber, Operate: operate(env)}
		}
		if strings.Contains(lines.Text(), "3. ") {
			go io.Copy(io.Discard, out)
			return s
		}
	}
	t.Fatalf("the server did not start:\n%s%s", s.banner, stderr)
	return s
}

// operate runs commands beside a server with these settings.
func operate(env map[string]string) func(*testing.T, ...string) {
	return func(t *testing.T, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, func(name string) string { return env[name] }, &out, &errs); status != 0 {
			t.Fatalf("xswarm %s: got %d\n%s%s", strings.Join(args, " "), status, &out, &errs)
		}
	}
}

func TestTheStoriesComeTrueOnTheEmbeddedDatabase(t *testing.T) {
	s := start(t, t.TempDir())
	apptest.Stories(t, s.target)
	if log := s.stderr.String(); regexp.MustCompile(`@example\.com|\+1202555|hunter`).MatchString(log) {
		t.Errorf("an address or a number is in the log:\n%s", log)
	}
	if status := s.stop(); status != 0 {
		t.Errorf("got exit status %d\n%s", status, s.stderr)
	}
}

func TestTheStoriesComeTrueOnTurso(t *testing.T) {
	url := storetest.TursoURL(t)
	env := func(name string) string {
		return map[string]string{"TURSO_DATABASE_URL": url, "XSWARM_DATA_DIR": t.TempDir()}[name]
	}
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"migrate"}, env, &out, &errs); status != 0 {
		t.Fatalf("migrate: got %d\n%s", status, &errs)
	}
	s := start(t, t.TempDir(), "TURSO_DATABASE_URL="+url)
	apptest.Stories(t, s.target)
	if status := s.stop(); status != 0 {
		t.Errorf("got exit status %d\n%s", status, s.stderr)
	}
}

func TestTheDemoUserIsThereAndStays(t *testing.T) {
	dir := t.TempDir()
	said := func(banner, what string) string {
		t.Helper()
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(what) + `: (.+)$`).FindStringSubmatch(banner)
		if m == nil {
			t.Fatalf("the start does not say %q:\n%s", what, banner)
		}
		return m[1]
	}
	first := start(t, dir)
	email, password := said(first.banner, "demo user"), said(first.banner, "password")
	phone, number := said(first.banner, "your phone"), said(first.banner, "assistant's number")
	c := first.target.Client(t)
	c.SignIn(email, password)
	if got := c.Ask(phone, number, "remind me to call Mike tomorrow at 2pm"); !strings.Contains(got, "call Mike") {
		t.Errorf("got %q", got)
	}
	if status := first.stop(); status != 0 {
		t.Errorf("got exit status %d\n%s", status, first.stderr)
	}
	if info, err := os.Stat(filepath.Join(dir, "demo-password")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file: %v, %v", info, err)
	}

	second := start(t, dir)
	if again := said(second.banner, "password"); again != password || said(second.banner, "assistant's number") != number {
		t.Errorf("the second start says something else:\n%s", second.banner)
	}
	c = second.target.Client(t)
	c.SignIn(email, password)
	if got := c.Ask(phone, number, "what's on my list?"); !strings.Contains(got, "call Mike") {
		t.Errorf("after a restart: got %q", got)
	}
}

func TestTheSandboxAnswersOnlyThisMachine(t *testing.T) {
	s := start(t, t.TempDir())
	for _, host := range []string{"xswarm.ai", "localhost.evil.example", "192.0.2.1:8787"} {
		for _, path := range []string{"/sandbox", "/sandbox/api/mails", "/sandbox/vendors/twilio/2010-04-01/Accounts/x/Messages.json"} {
			req, err := http.NewRequest("GET", s.target.BaseURL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			res, err := new(http.Transport).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 403 {
				t.Errorf("Host %s, %s: got %d, want 403", host, path, res.StatusCode)
			}
		}
	}
}

func TestAnEmulatorCanHaveAPortOfItsOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	env := map[string]string{"XSWARM_DATA_DIR": t.TempDir()}
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"sandbox", "--addr", "127.0.0.1:0", "--sandbox-listen", "sendgrid=" + address},
			func(name string) string { return env[name] }, in, io.Discard)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "SENDGRID_API_KEY") {
	}
	go io.Copy(io.Discard, out)
	res, err := (&http.Client{Transport: new(http.Transport)}).Post("http://"+address+"/v3/mail/send", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 401 {
		t.Errorf("without a key: got %d, want 401", res.StatusCode)
	}
	cancel()
	if status := <-ended; status != 0 {
		t.Errorf("got exit status %d", status)
	}
}

func TestCommands(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"XSWARM_DATA_DIR": dir}
	try := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := run(t.Context(), args, func(name string) string { return env[name] }, &out, &errs); got != want {
			t.Fatalf("xswarm %s: got %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &errs)
		}
		return out.String() + errs.String()
	}
	say := func(args []string, words ...string) {
		t.Helper()
		got := try(0, args...)
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("xswarm %s: %q is not in\n%s", strings.Join(args, " "), w, got)
			}
		}
	}
	say([]string{"version"}, "xswarm 0.")
	say([]string{"migrate"}, "up to date")
	stdin(t, "correct horse battery\n")
	id := regexp.MustCompile(`usr_\w+`).FindString(try(0, "user", "create", "Ada@Example.com", "--name", "Ada", "--time-zone", "Europe/Berlin"))
	say([]string{"user", "list"}, "ada@example.com", "ai_buddy")
	say([]string{"user", "set-tier", "ada@example.com", "ai_secretary", "--reason", "pilot", "--until", "2999-01-31"}, "AI Secretary")
	say([]string{"user", "add-number", id, "+18335550199"}, "+18335550199", "verified")
	say([]string{"user", "show", id}, "ada@example.com", "Europe/Berlin", "AI Secretary", "pilot", "+18335550199", "sms_messages")

	say([]string{"user", "disable", "ada@example.com", "--reason", "asked us to"}, "ada@example.com is disabled: asked us to")
	say([]string{"user", "set-operator", id}, "is an operator")
	say([]string{"user", "show", id}, "operator", "disabled", "asked us to")
	say([]string{"user", "enable", id}, "ada@example.com is enabled")
	say([]string{"user", "set-operator", "ada@example.com", "--off"}, "is no operator")
	if got := try(0, "user", "show", id); strings.Contains(got, "disabled") || strings.Contains(got, "operator") {
		t.Errorf("enabled again, and no operator, it shows\n%s", got)
	}
	stdin(t, "password2024\n")
	if got := try(1, "user", "create", "bob@example.com"); !strings.Contains(got, "common password") {
		t.Errorf("a weak password: %s", got)
	}

	job := regexp.MustCompile(`(job_\w+) +phone.provision`).FindStringSubmatch(try(0, "jobs", "list", "--state", "queued"))[1]
	say([]string{"jobs", "list"}, job, "phone.provision", "queued")
	say([]string{"jobs", "list", "--limit", "1"}, "--before job_")
	say([]string{"jobs", "show", job}, "phone.provision", "Buys the first number", "waits until it is due")
	say([]string{"jobs", "retry", "--all", "--kind", "phone.send"}, "0 queued again")

	for args, word := range map[string]string{
		"jobs retry job_x":                              "been given up",
		"jobs discard " + job:                           "been given up",
		"jobs show job_x":                               "There is no",
		"jobs list --limit 101":                         "limit",
		"jobs retry":                                    "--all",
		"jobs retry job_x --all":                        "not both",
		"jobs retry --kind x":                           "--all",
		"user show nobody@example.com":                  "no such account",
		"user set-tier ada@example.com gold --reason x": "ai_buddy",
		"user add-number ada@example.com 12":            "international form",
		"user disable ada@example.com":                  "--reason",
		"user enable nobody@example.com":                "no such account",
		"user set-operator nobody@example.com":          "no such account",
		"serve --nonsense":                              "--help",
		"user set-tier ada@example.com ai_cto":          "--reason",
	} {
		got := try(map[bool]int{true: 2, false: 1}[slices.Contains([]string{"ai_buddy", "--help", "--reason", "--all", "not both"}, word)], strings.Fields(args)...)
		if !strings.Contains(got, word) {
			t.Errorf("xswarm %s: %q is not in\n%s", args, word, got)
		}
	}
	env["XSWARM_ENV"] = "production"
	if got := try(1); !strings.Contains(got, "JWT_SECRET") || !strings.Contains(got, "TWILIO_ACCOUNT_SID") {
		t.Errorf("production without settings: %s", got)
	}
	if got := try(1, "sandbox"); !strings.Contains(got, "production") {
		t.Errorf("the sandbox in production: %s", got)
	}
}

// stdin lets the commands read text.
func stdin(t *testing.T, text string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, text)
	w.Close()
	old := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = old; r.Close() })
}

func TestASecondServerOnTheSameDataIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)
	var out, errs bytes.Buffer
	env := map[string]string{"XSWARM_ADDR": "127.0.0.1:0", "XSWARM_DATA_DIR": dir}
	status := run(t.Context(), nil, func(name string) string { return env[name] }, &out, &errs)
	if status != 1 || !strings.Contains(errs.String(), "another server is running") {
		t.Errorf("got %d\n%s", status, &errs)
	}
	if got := run(t.Context(), []string{"user", "list"}, func(name string) string { return env[name] }, &out, &errs); got != 0 {
		t.Errorf("a command beside the server: got %d\n%s", got, &errs)
	}
}

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Clocks are wrong, are put right, and in the sandbox jump by days. Nothing is done
// twice for it, nothing stays undone, and nobody is locked out.

func TestAClockThatIsPutBackLocksNobodyOutAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.server.stop()
	var ahead atomic.Int64
	w.inside(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })

	if got := p.Ask(p.phone, p.number, "remind me to call Mike in 30 minutes"); !strings.Contains(got, "call Mike") {
		t.Fatalf("got %q", got)
	}
	tries := 0
	signUp := func() int {
		tries++
		return p.Do("POST", "/auth/signup", map[string]string{"email": fmt.Sprintf("try%d@example.com", tries), "password": password}).Status
	}
	for status := 201; status != 429; {
		if status = signUp(); status != 201 && status != 429 || tries > 20 {
			t.Fatalf("sign-up %d: got %d", tries, status)
		}
	}
	before := p.Token
	// One text is at the carrier, which does not answer, when the clock is put back.
	p.Fault("twilio", "webhook.status", "drop", 3)
	p.Want(201, "POST", "/sandbox/api/faults", map[string]any{
		"vendor": "twilio", "operation": "messages.create", "kind": "timeout_after_commit", "next": 1, "delay_ms": 500,
	}, nil)
	p.add(1)
	until(t, "the carrier has the answer", 20*time.Second, func() (bool, any) { return len(p.answers()) == 1, p.answers() })
	ahead.Store(int64(-time.Hour))

	p.add(2)
	until(t, "the next text is answered", 30*time.Second, func() (bool, any) { return len(p.answers()) == 2, p.answers() })
	p.Want(200, "GET", "/auth/me", nil, nil)
	p.SignIn("ada@example.com", password)
	p.Want(200, "GET", "/auth/me", nil, nil)
	if status := signUp(); status != 201 {
		t.Errorf("signing up, by a limit that was used up in what is the future now: got %d", status)
	}
	if n := p.heard("Reminder"); n != 0 {
		t.Errorf("%d reminders came before they were due", n)
	}

	// The hour is lived through once more, and half of the next.
	ahead.Store(int64(31 * time.Minute))
	until(t, "the reminder arrives", 20*time.Second, func() (bool, any) { return p.heard("Reminder: call Mike") > 0, p.Texts(p.phone) })
	p.add(3)
	until(t, "the third text is answered", 20*time.Second, func() (bool, any) { return len(p.answers()) == 3, p.answers() })
	w.idle()
	p.settled()
	if n := p.heard("Reminder"); n != 1 {
		t.Errorf("the reminder came %d times", n)
	}
	for what, n := range p.answers() {
		if n != 1 {
			t.Errorf("%s was answered %d times", what, n)
		}
	}
	for what, n := range p.tasks() {
		if n != 1 {
			t.Errorf("%s is there %d times", what, n)
		}
	}
	for _, token := range []string{before, p.Token} {
		somebody := w.Client(t)
		somebody.Token = token
		somebody.Want(200, "GET", "/auth/me", nil, nil)
	}
}

func TestAClockThatJumpsAheadByDaysRunsEverythingOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	c, phone, number := s.target.Owner(t)
	p := person{Client: c, phone: phone, number: number}
	for _, what := range []string{"call Mike tomorrow at 9am", "call Anna tomorrow at 10am", "call Zoe in 6 days"} {
		p.Ask(phone, number, "remind me to "+what)
	}
	// One text is at the carrier, which does not answer, when the clock jumps.
	p.Fault("twilio", "webhook.status", "drop", 3)
	p.Want(201, "POST", "/sandbox/api/faults", map[string]any{
		"vendor": "twilio", "operation": "messages.create", "kind": "timeout_after_commit", "next": 1, "delay_ms": 500,
	}, nil)
	p.add(1)
	until(t, "the carrier has the answer", 20*time.Second, func() (bool, any) { return len(p.answers()) == 1, p.answers() })
	p.Advance(72 * time.Hour)
	until(t, "both reminders arrive", 20*time.Second, func() (bool, any) {
		return p.heard("Reminder: call Mike") == 1 && p.heard("Reminder: call Anna") == 1, p.Texts(phone)
	})
	var me struct{ User struct{ Email string } }
	p.Want(200, "GET", "/auth/me", nil, &me) // a session lasts for a week

	used := 0
	for status := 201; status != 429; used++ {
		status = p.Do("POST", "/auth/signup", map[string]string{"email": fmt.Sprintf("try%d@example.com", used), "password": password}).Status
		if status != 201 && status != 429 || used > 20 {
			t.Fatalf("sign-up %d: got %d", used, status)
		}
	}
	p.Advance(61 * time.Minute)
	if a := p.Do("POST", "/auth/signup", map[string]string{"email": "later@example.com", "password": password}); a.Status != 201 {
		t.Errorf("signing up an hour later: got %s", a)
	}

	p.Advance(5 * 24 * time.Hour)
	if a := p.Do("GET", "/auth/me", nil); a.Status != 401 {
		t.Errorf("a session after more than a week: got %s", a)
	}
	p.SignIn(me.User.Email, password)
	until(t, "the last reminder arrives", 20*time.Second, func() (bool, any) { return p.heard("Reminder: call Zoe") == 1, p.Texts(phone) })
	until(t, "nothing is under way, or given up", 20*time.Second, func() (bool, any) {
		list := jobList(t, dir)
		return !strings.Contains(list, "running") && !strings.Contains(list, "dead"), list
	})
	if n := p.heard("Reminder"); n != 3 {
		t.Errorf("%d reminders came, want 3: %+v", n, p.Texts(phone))
	}
	if got := p.answers(); len(got) != 1 || got[errand(1)] != 1 {
		t.Errorf("answers: got %v", got)
	}
	for what, n := range p.tasks() {
		if n != 1 {
			t.Errorf("%s is there %d times", what, n)
		}
	}
}

// jobList is what an operator sees of the queue, beside the server.
func jobList(t *testing.T, dir string) string {
	t.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{"XSWARM_DATA_DIR": dir}
	if status := run(t.Context(), []string{"jobs", "list"}, func(name string) string { return env[name] }, &out, &errs); status != 0 {
		t.Fatalf("xswarm jobs list: got %d\n%s", status, &errs)
	}
	return out.String()
}

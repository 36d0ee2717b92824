//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
)

// Each vendor is away for longer than several tries, in each way in which a vendor
// can be away. When it is back every mail and every text arrives, once.
func TestMailsAndTextsArriveOnceWhenAVendorComesBack(t *testing.T) {
	t.Parallel()
	address := apptest.FreePort(t)
	mail, carrier := newGate(t, address), newGate(t, address)
	s := start(t, t.TempDir(), "XSWARM_ADDR="+address,
		"SENDGRID_API_BASE=http://"+mail.address+vendorsPath+"sendgrid", "TWILIO_API_BASE=http://"+carrier.address+vendorsPath+"twilio")
	owner, phone, number := s.target.Owner(t)
	texts, strangers := 0, 0
	for _, away := range []struct {
		name string
		kind string // of the fault; "": nobody listens
		gate *gate
		job  string // the jobs that fail meanwhile
	}{
		{"SendGrid cannot be reached", "", mail, "account.verification"},
		{"SendGrid answers 500", "500", mail, "account.verification"},
		{"SendGrid hangs", "timeout", mail, "account.verification"},
		{"Twilio cannot be reached", "", carrier, "phone.send"},
		{"Twilio answers 500", "500", carrier, "phone.send"},
		{"Twilio hangs", "timeout", carrier, "phone.send"},
	} {
		t.Run(away.name, func(t *testing.T) {
			c := *owner
			c.T = t
			const each, tries = 3, 4
			before := s.failures(away.job)
			if away.kind == "" {
				away.gate.shut()
			} else {
				fault := map[string]any{"vendor": "sendgrid", "operation": "mail.send", "kind": away.kind, "next": each * tries, "delay_ms": 20}
				if away.gate == carrier {
					fault["vendor"], fault["operation"] = "twilio", "messages.create"
				}
				c.Want(201, "POST", "/sandbox/api/faults", fault, nil)
			}
			for range each {
				strangers++
				c.Want(201, "POST", "/auth/signup", map[string]string{"email": unknown(strangers), "password": password}, nil)
				texts++
				c.SendText(phone, number, "add "+errand(texts))
			}
			c.Eventually("four tries of each to have failed", func() bool {
				c.Advance(5 * time.Second)
				var left struct{ Data []any }
				c.Want(200, "GET", "/sandbox/api/faults", nil, &left)
				return s.failures(away.job) >= before+each*tries && len(left.Data) == 0
			})
			away.gate.open(t)
			p := person{Client: &c, phone: phone, number: number}
			c.Eventually("all of it to arrive", func() bool {
				c.Advance(5 * time.Second)
				arrived := len(p.answers()) == texts
				for n := strangers - each + 1; n <= strangers; n++ {
					arrived = arrived && len(c.Mails(unknown(n))) > 0
				}
				return arrived
			})
			c.Advance(2 * time.Hour) // whatever might still be tried again
			c.Ask(phone, number, "usage")
			for n := range strangers {
				if got := len(c.Mails(unknown(n + 1))); got != 1 {
					t.Errorf("%d mails arrived at %s", got, unknown(n+1))
				}
			}
			if got := p.answers(); len(got) != texts || slices.Max(slices.Collect(maps.Values(got))) != 1 {
				t.Errorf("answers: got %v, want one to each of %d", got, texts)
			}
		})
	}
}

func unknown(n int) string { return fmt.Sprintf("stranger%d@example.com", n) }

// failures counts the failed tries of a kind of job.
func (s started) failures(kind string) int {
	return strings.Count(s.stderr.String(), "kind="+kind+" ")
}

// gate is a way to the server that can be shut, as a vendor's address at which
// nobody listens.
type gate struct {
	address, behind string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

func newGate(t *testing.T, behind string) *gate {
	g := &gate{address: apptest.FreePort(t), behind: behind}
	g.open(t)
	t.Cleanup(g.shut)
	return g
}

// open lets everybody in; it does nothing if the gate is open.
func (g *gate) open(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		return
	}
	l, err := net.Listen("tcp", g.address)
	if err != nil {
		t.Fatal(err)
	}
	g.listener = l
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", g.behind)
			if err != nil {
				in.Close()
				continue
			}
			g.mu.Lock()
			g.conns = append(g.conns, in, out)
			g.mu.Unlock()
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
}

// shut lets nobody in, and those out who are.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		g.listener.Close()
		g.listener = nil
	}
	for _, c := range g.conns {
		c.Close()
	}
	g.conns = nil
}

// Each vendor takes one request and never answers, for longer than the product waits:
// what it was about arrives later, once, and everybody else is served meanwhile.
func TestAVendorThatNeverAnswersHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	waits, other := w.somebody("waits@example.com", "+12025550191"), w.somebody("other@example.com", "+12025550192")
	waits.Fault("sendgrid", "mail.send", "timeout", 1)
	waits.Fault("twilio", "messages.create", "timeout", 1)
	var list struct{ Data []any }
	waits.add(1)
	waits.Want(201, "POST", "/auth/signup", map[string]string{"email": "first@example.com", "password": password}, nil)
	until(t, "both requests hang", 20*time.Second, func() (bool, any) {
		waits.Want(200, "GET", "/sandbox/api/faults", nil, &list)
		return len(list.Data) == 0, list.Data
	})
	other.Want(201, "POST", "/auth/signup", map[string]string{"email": "second@example.com", "password": password}, nil)
	other.MailedToken("second@example.com", "confirm")
	other.add(2)
	until(t, "somebody else is answered", 20*time.Second, func() (bool, any) { return other.answers()[errand(2)] == 1, other.answers() })
	if len(waits.answers()) != 0 || len(waits.Mails("first@example.com")) != 0 {
		t.Error("what hangs has arrived before: nothing was shown")
	}

	until(t, "what hung arrives", 60*time.Second, func() (bool, any) {
		return len(waits.answers()) == 1 && len(waits.Mails("first@example.com")) == 1, waits.answers()
	})
	w.finishes(60 * time.Second)
	for email, p := range map[string]person{"first@example.com": waits, "second@example.com": other} {
		if mails, answers := len(p.Mails(email)), p.answers(); mails != 1 || len(answers) != 1 || answers[errand(1)]+answers[errand(2)] != 1 {
			t.Errorf("%s: got %d mails, answers %v; want each once", email, mails, answers)
		}
		until(t, "the text is counted", 20*time.Second, func() (bool, any) { return p.used() == 1, p.used() })
	}
	w.server.stop()
	w.intact()
}

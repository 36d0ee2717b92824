//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/store/storetest"
)

// Turso is far away, and everything that can happen on the way there and back
// happens: before a batch was done and after. People sign up, sign in and text
// through it all.
func TestATursoThatFailsInEveryWayLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := newVendors(t)
	w.turso = storetest.TursoURL(t)
	far := newFar(t, w.turso, rand.New(rand.NewPCG(seed, 0)))
	w.settings["TURSO_DATABASE_URL"], w.settings["TURSO_AUTH_TOKEN"] = far.URL, "s3cret"
	command(t, w.home, w.env(), "", "migrate")
	w.start()
	p := &texter{person: w.person()}
	p.before = len(p.Texts(p.phone))

	c := newCrowd(w, 4, http.StatusServiceUnavailable)
	signUps := 0
	for n, trouble := range troubles {
		far.order(trouble, 5)
		signUps++
		c.signsUp(fmt.Sprintf("stranger%d@example.com", n))
		c.signsIn("ada@example.com")
		c.texts(p.person, "add "+errand(2*n), errand(2*n), errands)
		c.texts(p.person, "add "+errand(2*n+1), errand(2*n+1), errands)
		until(t, "it has happened: "+trouble.name, 30*time.Second, func() (bool, any) { return far.happened(), far.left() })
		if trouble.name == "the token is not accepted" {
			until(t, "the log says what to do about the token", 20*time.Second, func() (bool, any) {
				log := w.server.stderr.String()
				return strings.Contains(log, "turso db tokens create"), last(log, 1000)
			})
		}
	}
	c.wait()
	if log := w.server.stderr.String(); strings.Contains(log, "s3cret") || strings.Contains(log, "<html>") {
		t.Errorf("the log holds the token, or a proxy's page:\n%s", log)
	}

	// What was claimed, and the answer was lost, is nobody's until its lease ends:
	// here those two minutes pass.
	w.server.stop()
	w.change("UPDATE jobs SET lease_until = 1 WHERE state = 'running'")
	w.start()
	w.finishes(60 * time.Second)
	twice := w.everyMailArrived()
	w.everySignUpCounts(p, c.ledger.signUps, signUps)
	texts := c.everyTextCounts(p)
	if len(c.ledger.sessions) == 0 {
		t.Error("nobody could sign in")
	}
	for _, token := range c.ledger.sessions {
		somebody := w.Client(t)
		somebody.Token = token
		somebody.Want(200, "GET", "/auth/me", nil, nil)
	}
	for body, n := range far.transactions() {
		if n > 1 {
			t.Errorf("a transaction was sent %d times: %s", n, last(body, 500))
		}
	}
	t.Logf("%d kinds of trouble; %d sign-ups, %d sign-ins, %d texts, %d requests repeated; %d mails, %d of them twice, each with its note",
		len(troubles), signUps, len(c.ledger.sessions), texts, c.ledger.again, twice.mails, twice.again)
	w.server.stop()
}

func errands(l *ledger) map[string][]string { return l.errands }

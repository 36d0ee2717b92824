//go:build linux

package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
)

var (
	killings = flag.Int("kills", 100, "how often the server is killed: at most 300, of which the sandbox remembers everything")
	killSeed = flag.Uint64("kill-seed", 0, "what decides when the server is killed, and what people do meanwhile; 0: something new each time")
)

// The server is killed over and over while people sign up, sign in, buy plans, text,
// and are reminded. Nothing that was acknowledged is lost, and nothing is done twice; the
// one thing that cannot be known is whether a mail was accepted whose answer never
// came, and then its job says so.
func TestNothingIsLostOrDoubledByAHundredKills(t *testing.T) {
	t.Parallel()
	seed := *killSeed
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-kill-seed)", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t)
	var people []*texter
	for i := range 3 {
		p := w.somebody(fmt.Sprintf("owner%d@example.com", i), fmt.Sprintf("+1202555018%d", i))
		people = append(people, &texter{person: p, before: len(p.Texts(p.phone))})
	}
	w.sells()
	payer := w.subscriber(payingEmail, "+12025550183")
	people = append(people, &texter{person: payer, before: len(payer.Texts(payer.phone)), used: usedUp})
	buyers := w.buyers(5)
	c := newCrowd(w, 8, 0)

	cut := 0 // kills while a vendor kept an answer to itself
	for n := range *killings {
		c.round(random, n, people)
		buying := c.buying(buyers, n, *killings)
		if fault := random.IntN(4); buying || fault < 2 {
			// The vendor takes what it is given, and the server dies before it hears so.
			vendor := [][2]string{{"sendgrid", "mail.send"}, {"twilio", "messages.create"}}[fault%2]
			if buying {
				vendor = [2]string{"stripe", []string{"customers.create", "checkout.sessions.create", "subscriptions.update"}[random.IntN(3)]}
			}
			if w.killWhileHanging(people[0], vendor[0], vendor[1]) {
				cut++
			}
		} else {
			<-time.After(time.Duration(random.IntN(200)) * time.Millisecond)
			w.crash()
		}
		w.start()
	}
	c.wait()
	w.finishes(2 * time.Minute)
	w.catchesUp()

	w.everyBuyerPaysOnce(c.ledger.bought, len(buyers))
	w.everyTextIsReported(payer, payingEmail)
	events := w.everyEventIsApplied()
	twice := w.everyMailArrived()
	w.everySignUpCounts(people[0], c.ledger.signUps, *killings)
	texts := 0
	for _, p := range people {
		texts += c.everyTextCounts(p)
	}
	if len(c.ledger.sessions) == 0 {
		t.Error("nobody could sign in")
	}
	for _, token := range c.ledger.sessions {
		somebody := w.Client(t)
		somebody.Token = token
		somebody.Want(200, "GET", "/auth/me", nil, nil)
	}
	t.Logf("%d kills, %d of them while a vendor did not answer; %d sign-ups, %d sign-ins, %d errands, %d facts and %d reminders, %d requests repeated; %d texts sent, none twice; %d mails, %d of them twice, each with its note; %d plans bought and changed, %d events of payments",
		*killings, cut, len(c.ledger.signUps), len(c.ledger.sessions), total(c.ledger.errands), total(c.ledger.facts), total(c.ledger.reminders), c.ledger.again,
		texts, twice.mails, twice.again, len(c.ledger.bought), events)
	w.server.stop()
	w.intact()
}

// What is queued when the server starts is not taken for the last run's unfinished
// work once this run has begun it.
func TestAStartRunsEachQueuedJobOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	const texts, starts = 8, 5
	for n := range texts {
		p.add(n + 1)
	}
	p.once(texts)
	for range starts {
		w.sound()
		w.change("UPDATE jobs SET state = 'queued', attempts = 0, run_at = 1 WHERE state = 'done'")
		w.start()
		w.idle()
		w.database(func(ctx context.Context, e store.Engine) error {
			all, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
			for _, j := range all {
				if j.State == jobs.Done && j.Attempts != 1 {
					t.Errorf("%s was begun %d times", j.Kind, j.Attempts)
				}
			}
			return err
		})
	}
}

// texter is somebody who texts; before is how many texts they had when it began, used
// how many they were charged with.
type texter struct {
	person
	before, used int
}

// round hands out what people do between two kills.
func (c *crowd) round(random *rand.Rand, n int, people []*texter) {
	c.signsUp(fmt.Sprintf("stranger%d@example.com", n))
	somebody := people[random.IntN(len(people))]
	if n%3 == 0 && n < 240 { // more are refused in an hour
		c.signsIn(fmt.Sprintf("owner%d@example.com", n%len(people)))
	}
	if n%10 == 0 && n < 100 {
		c.forgets(fmt.Sprintf("owner%d@example.com", n/10%len(people)))
	}
	c.texts(somebody.person, "add "+errand(n), errand(n), errands)
	switch somebody = people[random.IntN(len(people))]; n % 4 {
	case 0:
		fact := fmt.Sprintf("the code of door %d is %d", n, 1000+n)
		c.texts(somebody.person, "remember that "+fact, fact, func(l *ledger) map[string][]string { return l.facts })
	case 1:
		title := fmt.Sprintf("call number %d", n)
		when := fmt.Sprintf(" in %d seconds", 1+random.IntN(20))
		c.texts(somebody.person, "remind me to "+title+when, title, func(l *ledger) map[string][]string { return l.reminders })
	}
}

// killWhileHanging lets a vendor accept the next request and not answer it, and
// kills the server then. It returns false if there was no such request for a while.
func (w *world) killWhileHanging(p *texter, vendor, operation string) bool {
	w.t.Helper()
	ordered := map[string]any{"vendor": vendor, "operation": operation, "kind": "timeout_after_commit", "next": 1, "delay_ms": 5000}
	p.Want(201, "POST", "/sandbox/api/faults", ordered, nil)
	defer w.crash()
	for deadline := time.Now().Add(300 * time.Millisecond); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		var open struct{ Data []any }
		p.Want(200, "GET", "/sandbox/api/faults", nil, &open)
		if len(open.Data) == 0 {
			return true
		}
	}
	return false
}

// finishes waits until every job is done, noted or not.
func (w *world) finishes(limit time.Duration) {
	w.t.Helper()
	until(w.t, "every job is done", limit, func() (bool, any) {
		list := w.unfinished()
		return len(list) == 0, strings.Join(list, "\n")
	})
}

//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What is promised must come true whatever fails meanwhile. These tests run the
// real binary, and kill it, cut it off, fill its disk, and tell it everything
// twice and in the wrong order.

func TestTextsSurviveTheServerBeingKilled(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t)
	p := w.person()

	const crashes, atOnce = 8, 4
	sent := 0
	for crash := range crashes {
		for range atOnce {
			sent++
			p.add(sent)
		}
		// Any moment will do, from before the first webhook to after the last answer.
		<-time.After(time.Duration(random.IntN(400)) * time.Millisecond)
		w.crash()
		if random.IntN(2) == 0 { // some of the texts are sent to a dead server
			sent++
			p.add(sent)
		}
		if crash == crashes/2 {
			sent++
			p.add(sent)
			until(t, "the carrier has given a text up", 15*time.Second, func() (bool, any) {
				list := p.webhooks("webhook.sms")
				return list[len(list)-1].Status == "failed", list[len(list)-1]
			})
		}
		w.start()
	}

	// What was acknowledged needs nobody's help.
	acknowledged := map[string]bool{}
	for _, h := range p.settled() {
		if h.Kind == "webhook.sms" && h.Status == "delivered" {
			acknowledged[errandNumber.FindString(h.Params["Body"])] = true
		}
	}
	until(t, "what was acknowledged is answered", 50*time.Second, func() (bool, any) {
		answers, missing := p.answers(), []string{}
		for name := range acknowledged {
			if answers[name] == 0 {
				missing = append(missing, name)
			}
		}
		return len(missing) == 0, missing
	})
	t.Logf("%d texts, %d acknowledged, %d webhooks sent off again", sent, len(acknowledged), p.resend())
	p.once(sent)
	w.sound()
}

func TestAReminderThatFellDueWhileTheServerWasDeadIsGivenOnce(t *testing.T) {
	t.Parallel()
	// Mail is emulated inside the server, so that its clock can be moved; the
	// carrier outlives it.
	w := newWorld(t, "SENDGRID_")
	p := w.person()
	p.Ask(p.phone, p.number, "remind me to call Mike tomorrow at 2pm")
	due, _ := p.reminder()
	until(t, "the server has saved its clock", 10*time.Second, func() (bool, any) {
		_, err := os.Stat(filepath.Join(w.home, "sandbox.json"))
		return err == nil, err
	})

	w.crash()
	w.pass(time.Until(due) + time.Minute)
	if n := p.heard("Reminder"); n != 0 {
		t.Fatalf("%d reminders came from a dead server", n)
	}
	// The carrier takes the reminder, and the server is killed before it hears so.
	p.Fault("twilio", "messages.create", "timeout_after_commit", 1)
	p.Fault("twilio", "webhook.status", "drop", 3)
	w.start()
	until(t, "the reminder arrives", 20*time.Second, func() (bool, any) { return p.heard("Reminder: call Mike") > 0, p.Texts(p.phone) })
	w.crash()
	w.start()
	until(t, "the answer and the reminder are counted", 30*time.Second, func() (bool, any) { return p.used() >= 2, p.used() })
	w.crash()
	w.start()

	if got := p.Ask(p.phone, p.number, "what's on my list?"); !strings.Contains(got, "call Mike") {
		t.Errorf("the list: got %q", got)
	}
	until(t, "three texts are counted", 20*time.Second, func() (bool, any) { return p.used() >= 3, p.used() })
	w.sound()
	w.repeatJobs()
	w.start()
	w.idle()
	if n := p.heard("Reminder"); n != 1 {
		t.Errorf("the reminder came %d times: %+v", n, p.Texts(p.phone))
	}
	if _, given := p.reminder(); given.Before(due) {
		t.Errorf("the task says that it was reminded of at %s, due %s", given, due)
	}
	if n := p.used(); n != 3 {
		t.Errorf("usage: got %d, want 3", n)
	}
	var bought struct{ Data []any }
	p.Want(200, "GET", "/sandbox/api/numbers", nil, &bought)
	if len(bought.Data) != 2 {
		t.Errorf("%d numbers at the carrier, want the shared one and the person's: none for the demo user", len(bought.Data))
	}
}

func TestNothingIsLostWhileTheVendorsCannotBeReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	// The last thing that the carrier does is to take a text and not say so.
	p.Fault("twilio", "messages.create", "timeout_after_commit", 1)
	p.Fault("twilio", "webhook.status", "drop", 3)
	p.add(1)
	until(t, "the carrier has the first answer", 20*time.Second, func() (bool, any) { return len(p.answers()) == 1, p.Texts(p.phone) })
	w.sandbox.stop()

	const texts, strangers = 5, 4
	address := func(i int) string { return fmt.Sprintf("stranger%d@example.com", i) }
	for n := 2; n <= texts; n++ {
		if status := w.post(w.text(p, "add "+errand(n))); status != 200 {
			t.Errorf("a text while the vendors are away: got %d", status)
		}
	}
	for i := range strangers {
		p.Want(201, "POST", "/auth/signup", map[string]string{"email": address(i), "password": password}, nil)
	}
	until(t, "the work that needs no vendor is done", 20*time.Second, func() (bool, any) { return len(p.tasks()) == texts, p.tasks() })
	until(t, "texts and mails have been tried", 20*time.Second, func() (bool, any) {
		log := w.server.stderr.String()
		return strings.Contains(log, "kind=phone.send") && strings.Contains(log, "kind=account.verification"), log
	})
	for _, path := range []string{"/healthz", "/readyz", "/auth/me", "/api/messages", "/billing/usage", "/"} {
		p.Want(200, "GET", path, nil, nil)
	}
	if n := p.used(); n > 1 {
		t.Errorf("%d texts are counted before the carrier has them", n)
	}

	w.startSandbox()
	p.once(texts)
	for i := range strangers {
		until(t, "the mail arrives", 30*time.Second, func() (bool, any) { return len(p.Mails(address(i))) > 0, "none" })
	}
	w.sound()
	for i := range strangers {
		if n := len(p.Mails(address(i))); n != 1 {
			t.Errorf("%d mails to %s", n, address(i))
		}
	}
	if got := p.answers(); len(got) != texts || got[errand(1)] != 1 {
		t.Errorf("answers in the end: %v", got)
	}
}

func TestReplayedAndReorderedWebhooksChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	const times, texts = 100, 6
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	all := func(what string, got map[int]int, n int) {
		t.Helper()
		if got[200] != n || len(got) != 1 {
			t.Errorf("%s: got answers %v, want %d times 200", what, got, n)
		}
	}

	// Texts that were not there before, each many times at once.
	var inbound []hook
	for n := range texts {
		inbound = append(inbound, w.text(p, "add "+errand(n+1)))
	}
	all("new texts", w.replay(random, times, inbound), times*texts)
	p.once(texts)

	// What becomes of two texts is told backwards.
	p.settled()
	p.Fault("twilio", "webhook.status", "drop", 6)
	p.Ask(p.phone, p.number, "usage")
	p.Ask(p.phone, p.number, "what's on my list?")
	var told []webhook
	until(t, "the carrier would have told six states", 20*time.Second, func() (bool, any) {
		told = p.webhooks("webhook.status")
		told = slices.DeleteFunc(told, func(h webhook) bool { return h.Status != "dropped" })
		return len(told) == 6, told
	})
	until(t, "all texts are counted", 20*time.Second, func() (bool, any) { return p.used() == texts+2, p.used() })
	report := func(h webhook, status string) hook {
		form := url.Values{}
		for name, value := range h.Params {
			form.Set(name, value)
		}
		form.Set("MessageStatus", status)
		u, err := url.Parse(h.URL)
		if err != nil {
			t.Fatal(err)
		}
		return w.sign(u.RequestURI(), form)
	}
	arrived, lost := told[0], told[len(told)-1]
	if arrived.Params["MessageSid"] == lost.Params["MessageSid"] {
		t.Fatalf("these are not two texts: %v", told)
	}
	var reports []hook
	for _, status := range []string{"delivered", "undelivered", "sent", "queued"} {
		reports = append(reports, report(arrived, status))
	}
	for _, status := range []string{"undelivered", "delivered", "sent", "queued"} {
		reports = append(reports, report(lost, status))
	}
	for _, h := range reports {
		all("a state", w.replay(random, 1, []hook{h}), 1)
	}
	state := func() string {
		var list struct {
			Data []struct{ Body, Status, Direction string }
		}
		p.Want(200, "GET", "/api/messages?limit=100", nil, &list)
		var states []string
		for _, m := range list.Data {
			if m.Direction == "out" {
				states = append(states, m.Status)
			}
		}
		return strings.Join(states[:2], " ")
	}
	if got := state(); got != "undelivered delivered" {
		t.Errorf("the two texts, the newest first: got %s", got)
	}
	if n := p.used(); n != texts+1 {
		t.Errorf("usage after one of %d texts did not arrive: got %d, want %d", texts+2, n, texts+1)
	}

	stop, start := w.text(p, "STOP"), w.text(p, "START")
	inbound = append(inbound, stop, start)
	all("STOP", w.replay(random, 1, []hook{stop}), 1)
	all("START", w.replay(random, 1, []hook{start}), 1)

	// Everything that was ever said, again and again.
	said := append(append(recorded(t, p.settled()), inbound...), reports...)
	before := w.snapshot(p)
	all("replays", w.replay(random, times, said), times*len(said))
	if diff := changes(before, w.snapshot(p)); diff != "" {
		t.Errorf("replays changed something:\n%s", diff)
	}
	w.crash()
	w.start()
	all("replays after a crash", w.replay(random, times, said), times*len(said))
	if diff := changes(before, w.snapshot(p)); diff != "" {
		t.Errorf("replays after a crash changed something:\n%s", diff)
	}

	// And everything that was ever done, once more.
	w.sound()
	w.repeatJobs()
	w.start()
	w.idle()
	if diff := changes(before, w.snapshot(p)); diff != "" {
		t.Errorf("doing every job twice changed something:\n%s", diff)
	}
	// An old STOP says nothing about a later START.
	all("the old STOP", w.replay(random, 1, []hook{stop}), 1)
	if got := p.Ask(p.phone, p.number, "what's on my list?"); !strings.Contains(got, errand(1)) {
		t.Errorf("got %q", got)
	}
	w.sound()
}

func TestAFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	p.add(1)
	p.once(1)

	// The disk is full between the moment when the carrier takes an answer and the
	// one when that can be noted.
	p.Fault("twilio", "webhook.status", "drop", 3)
	p.Want(201, "POST", "/sandbox/api/faults", map[string]any{
		"vendor": "twilio", "operation": "messages.create", "kind": "timeout_after_commit", "next": 1, "delay_ms": 1500,
	}, nil)
	p.add(2)
	until(t, "the carrier has the second answer", 20*time.Second, func() (bool, any) { return len(p.answers()) == 2, p.answers() })
	w.server.fillDisk()
	refused := w.text(p, "add "+errand(3))
	if status := w.post(refused); status/100 != 5 {
		t.Errorf("a text that cannot be stored: got %d, want 5xx, so that the carrier sends it again", status)
	}
	p.add(4) // the carrier's own, which it sends again in vain
	if a := p.Do("POST", "/auth/signup", map[string]string{"email": "full@example.com", "password": password}); a.Status/100 != 5 {
		t.Errorf("signing up: got %s", a)
	}
	for _, path := range []string{"/healthz", "/auth/me", "/api/tasks", "/login"} {
		p.Want(200, "GET", path, nil, nil)
	}
	if got := p.tasks(); len(got) != 2 {
		t.Errorf("tasks on a full disk: got %v", got)
	}
	until(t, "the log says that an outcome cannot be stored", 20*time.Second, func() (bool, any) {
		log := w.server.stderr.String()
		return strings.Contains(log, "record the outcome"), log
	})
	until(t, "the carrier gives up", 20*time.Second, func() (bool, any) {
		list := p.webhooks("webhook.sms")
		return list[len(list)-1].Status == "failed", list[len(list)-1]
	})
	if log := w.server.stderr.String(); !strings.Contains(log, "file too large") {
		t.Errorf("the log does not say what is wrong with the disk:\n%s", last(log, 2000))
	}

	// There is room again, and the server goes on by itself.
	w.server.emptyDisk()
	if status := w.post(refused); status != 200 {
		t.Errorf("the same text when there is room: got %d", status)
	}
	p.resend()
	p.once(4)

	// It fills up somewhere in the middle of the work, and the server is killed.
	w.server.fillDiskSoon(w)
	sent := 4
	until(t, "a text is refused", 20*time.Second, func() (bool, any) {
		sent++
		status := w.post(w.text(p, "add "+errand(sent)))
		return status/100 == 5, status
	})
	w.crash()
	if said := w.startOnFullDisk(); !strings.Contains(said, "file too large") {
		t.Errorf("a server that starts on a full disk says: %s", said)
	}
	w.start()
	p.once(sent - 1)
	w.sound()
}

func TestTheServerEndsInGoodOrderUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	// One text is at a carrier that does not answer, and the others queue up
	// behind it.
	p.Fault("twilio", "messages.create", "timeout_after_commit", 1)
	p.Fault("twilio", "webhook.status", "drop", 3)
	p.add(1)
	until(t, "the carrier has the first answer", 20*time.Second, func() (bool, any) { return len(p.answers()) == 1, p.answers() })

	// One request is being read, and six people text as fast as they can.
	half := w.beginPost(w.text(p, "add "+errand(2)))
	var (
		mu    sync.Mutex
		cut   []hook // those that got no answer
		sent  = 2
		taken = make(chan int, 10_000)
		ended sync.WaitGroup
	)
	for range 6 {
		ended.Go(func() {
			for {
				mu.Lock()
				sent++
				h := w.text(p, "add "+errand(sent))
				mu.Unlock()
				status := w.post(h)
				if status == 0 { // nobody listens any more
					mu.Lock()
					cut = append(cut, h)
					mu.Unlock()
					return
				}
				taken <- status
			}
		})
	}
	for range 20 {
		<-taken
	}
	w.server.terminate()
	ended.Wait()
	close(taken)
	for status := range taken {
		if status != 200 {
			t.Errorf("a text got %d while the server was ending", status)
		}
	}
	until(t, "nobody new is let in", 20*time.Second, func() (bool, any) { return w.post(cut[0]) == 0, "an answer" })
	if status := half.finish(); status != 200 {
		t.Errorf("the request that was being read: got %d, want 200", status)
	}
	if status := w.server.status(); status != 0 {
		t.Errorf("got exit status %d", status)
	}
	for _, j := range w.unfinished() {
		if !strings.HasPrefix(j, "queued") {
			t.Errorf("left behind by a server that has ended: %s", j)
		}
	}

	// What the carrier got no answer for, it sends again.
	w.start()
	if got := w.replay(rand.New(rand.NewPCG(1, 1)), 1, cut); got[200] != len(cut) {
		t.Errorf("the texts that were cut off, again: got %v", got)
	}
	t.Logf("%d texts, %d of them cut off", sent, len(cut))
	p.once(sent)
	w.sound()
}

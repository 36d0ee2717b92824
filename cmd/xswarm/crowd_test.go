//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// crowd is people who do things while something goes wrong. Like carriers and people
// in front of a form they repeat what failed, until it is done; what was acknowledged
// is in the ledger.
type crowd struct {
	w      *world
	work   chan func()
	wg     sync.WaitGroup
	http   *http.Client
	failed int // the status, and no other, at which they try again; 0: no answer

	mu      sync.Mutex
	ledger  ledger
	clients int // everybody comes from an address of their own: limits are not the matter here
}

// ledger is what was acknowledged.
type ledger struct {
	signUps   []string            // addresses that were answered 201
	sessions  []string            // tokens of sessions
	errands   map[string][]string // by phone, the texts whose webhooks were answered 200
	facts     map[string][]string
	reminders map[string][]string
	bought    []buyer // who have moved up
	again     int     // requests that were repeated, as they got no answer
}

// newCrowd lets so many things happen at a time.
func newCrowd(w *world, atOnce, failed int) *crowd {
	c := &crowd{
		w: w, failed: failed, work: make(chan func(), 1000), http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 40 * time.Second},
		ledger: ledger{errands: map[string][]string{}, facts: map[string][]string{}, reminders: map[string][]string{}},
	}
	for range atOnce {
		c.wg.Go(func() {
			for do := range c.work {
				do()
			}
		})
	}
	return c
}

// wait waits until everything that was begun got its answer.
func (c *crowd) wait() {
	close(c.work)
	c.wg.Wait()
}

// note writes into the ledger.
func (c *crowd) note(f func(*ledger)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.ledger)
}

// signsUp lets somebody sign up. An address may be tried only so often in an hour,
// answered or not: whoever was cut off that often takes another one.
func (c *crowd) signsUp(email string) {
	c.work <- func() {
		a := reply{status: http.StatusTooManyRequests}
		for a.status == http.StatusTooManyRequests {
			if a = c.insists("/auth/signup", map[string]string{"email": email, "password": password}); a.status == 201 {
				c.note(func(l *ledger) { l.signUps = append(l.signUps, email) })
			}
			email = "again-" + email
		}
		if a.status != 201 && c.w.t.Context().Err() == nil {
			c.w.t.Errorf("signing up: got %d %s", a.status, a.body)
		}
	}
}

// signsIn lets somebody sign in who has an account, if they have not been cut off
// too often.
func (c *crowd) signsIn(email string) {
	c.work <- func() {
		a := c.insists("/auth/login", map[string]string{"email": email, "password": password})
		if a.status == http.StatusTooManyRequests {
			return
		}
		var in struct{ Token string }
		if err := json.Unmarshal([]byte(a.body), &in); a.status != 200 || err != nil || in.Token == "" {
			c.w.t.Errorf("%s signs in: got %d %s", email, a.status, a.body)
		}
		c.note(func(l *ledger) { l.sessions = append(l.sessions, in.Token) })
	}
}

// forgets lets somebody ask for a new password, likewise.
func (c *crowd) forgets(email string) {
	c.work <- func() {
		a := c.insists("/auth/forgot-password", map[string]string{"email": email})
		if a.status != 202 && a.status != http.StatusTooManyRequests {
			c.w.t.Errorf("%s has forgotten a password: got %d %s", email, a.status, a.body)
		}
	}
}

// texts lets a person text their assistant. The words go into one of the ledger's
// lists when the carrier was told that the text arrived.
func (c *crowd) texts(p person, words, what string, list func(*ledger) map[string][]string) {
	h := c.w.text(p, words)
	c.work <- func() {
		for c.w.t.Context().Err() == nil {
			switch status := c.w.post(h); status {
			case 200:
				c.note(func(l *ledger) { list(l)[p.phone] = append(list(l)[p.phone], what) })
				return
			case c.failed:
				c.rest()
			default:
				c.w.t.Errorf("%q: got %d", words, status)
				return
			}
		}
	}
}

// reply is an answer to somebody in the crowd; its status is 0 if there was none.
type reply struct {
	status int
	body   string
}

// insists sends a request again as long as it fails.
func (c *crowd) insists(path string, body any) (a reply) { return c.insistsAs("", path, body) }

// insistsAs is insists of somebody who is signed in.
func (c *crowd) insistsAs(token, path string, body any) (a reply) {
	raw, err := json.Marshal(body)
	if err != nil {
		c.w.t.Error(err)
	}
	for c.w.t.Context().Err() == nil {
		if a = c.asks(token, path, string(raw)); a.status != c.failed {
			return a
		}
		c.rest()
	}
	return a
}

func (c *crowd) asks(token, path, body string) reply {
	req, err := http.NewRequestWithContext(c.w.t.Context(), "POST", c.w.BaseURL+path, strings.NewReader(body))
	if err != nil {
		return reply{}
	}
	c.mu.Lock()
	c.clients++
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("198.18.%d.%d", c.clients/250, c.clients%250))
	c.mu.Unlock()
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return reply{}
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}
	}
	return reply{res.StatusCode, string(said)}
}

// rest lets a moment pass before something is tried again.
func (c *crowd) rest() {
	c.note(func(l *ledger) { l.again++ })
	<-time.After(time.Duration(5+rand.IntN(10)) * time.Millisecond)
}

// count counts what is in a list.
func count(list []string) map[string]int {
	n := map[string]int{}
	for _, x := range list {
		n[x]++
	}
	return n
}

// total is how many things are in the lists of everybody.
func total(lists map[string][]string) (n int) {
	for _, l := range lists {
		n += len(l)
	}
	return n
}

// withoutDuplicates is a list in order, each thing once.
func withoutDuplicates(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

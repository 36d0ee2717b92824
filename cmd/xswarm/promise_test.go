//go:build linux

package main

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
)

// What was promised, and whether it came true.

// mailCount is how many mails there are, and how many of them are somebody's second.
type mailCount struct{ mails, again int }

var jobInMessageID = regexp.MustCompile(`^<(job_[0-9a-z]+)@`)

// everyMailArrived insists that each job that mails has mailed, once, or says that
// it may have done so twice.
func (w *world) everyMailArrived() (n mailCount) {
	w.t.Helper()
	var list struct {
		Data []struct{ Headers map[string]string }
	}
	w.Client(w.t).Want(200, "GET", "/sandbox/api/mails", nil, &list)
	mailed := map[string]int{}
	for _, m := range list.Data {
		id := jobInMessageID.FindStringSubmatch(m.Headers["Message-ID"])
		if id == nil {
			w.t.Fatalf("a mail does not say which job sent it: %v", m.Headers)
		}
		mailed[id[1]]++
	}
	w.database(func(ctx context.Context, e store.Engine) error {
		all, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
		for _, j := range all {
			mails := mailed[j.ID]
			delete(mailed, j.ID)
			if j.Kind != "account.verification" && j.Kind != "account.reset" {
				continue
			}
			n.mails += mails
			n.again += max(mails-1, 0)
			noted := strings.Contains(j.Note, "may have been sent twice")
			if mails == 0 || mails > 1 && !noted || mails > j.Attempts || j.State != jobs.Done {
				w.t.Errorf("%s %s has sent %d mails in %d attempts: it is %s, its note is %q", j.Kind, j.ID, mails, j.Attempts, j.State, j.Note)
			}
		}
		return err
	})
	for id, mails := range mailed {
		w.t.Errorf("%d mails of %s, which is not a job that mails", mails, id)
	}
	return n
}

// everySignUpCounts insists that who signed up can confirm their address with what
// was mailed to it.
func (w *world) everySignUpCounts(p *texter, emails []string, want int) {
	w.t.Helper()
	if got := len(withoutDuplicates(emails)); got != len(emails) || got != want {
		w.t.Errorf("%d of %d sign-ups were acknowledged", got, want)
	}
	for _, email := range emails {
		token := p.MailedToken(email, "confirm")
		var verified struct {
			User struct {
				Email    string
				Verified bool `json:"email_verified"`
			}
		}
		p.Want(200, "POST", "/auth/verify-email", map[string]string{"token": token}, &verified)
		if verified.User.Email != email || !verified.User.Verified {
			w.t.Errorf("%s is confirmed: got %+v", email, verified.User)
		}
	}
	somebody := w.Client(w.t)
	somebody.SignIn(emails[len(emails)-1], password)
}

// everyTextCounts insists that what a person was told would be done was done once,
// that each of their texts was answered once, and that what the carrier has taken
// for them is what they are charged with. It returns how many that are.
func (c *crowd) everyTextCounts(p *texter) int {
	t := c.w.t
	t.Helper()
	errands, facts, reminders := c.ledger.errands[p.phone], c.ledger.facts[p.phone], c.ledger.reminders[p.phone]
	heard := map[string]int{}
	arrived := p.Texts(p.phone)
	arrived = arrived[:len(arrived)-p.before] // the newest first
	for _, text := range arrived {
		kind, _, _ := strings.Cut(text.Body, " ")
		heard[kind+" "+sought.FindString(text.Body)]++
	}
	want := map[string]int{}
	for _, list := range []struct {
		answer string
		what   []string
	}{{"Added:", errands}, {"I'll", facts}, {"I'll", reminders}, {"Reminder:", reminders}} {
		for _, what := range list.what {
			want[list.answer+" "+sought.FindString(what)]++
		}
	}
	if !maps.Equal(heard, want) {
		t.Errorf("texts at %s: got %v, of which %v is otherwise than it should be", p.phone, heard, unlike(heard, want))
	}
	if got := p.tasks(); !maps.Equal(got, count(slices.Concat(errands, reminders))) {
		t.Errorf("tasks of %s: otherwise than they should be are %v", p.phone, unlike(got, count(slices.Concat(errands, reminders))))
	}
	if got := p.facts(); !maps.Equal(got, count(facts)) {
		t.Errorf("facts of %s: otherwise than they should be are %v", p.phone, unlike(got, count(facts)))
	}
	if got := p.person.used() - p.used; got != len(arrived) {
		t.Errorf("usage of %s: got %d, and the carrier has taken %d texts", p.phone, got, len(arrived))
	}
	return len(arrived)
}

// sought is what a text is about.
var sought = regexp.MustCompile(`errand \d+|door \d+|call number \d+`)

// facts counts what the assistant remembers.
func (p person) facts() map[string]int {
	p.T.Helper()
	return p.counted("/api/memory/facts", "fact_text")
}

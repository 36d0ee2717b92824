//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
)

// person is somebody with a phone, whose assistant has a number.
type person struct {
	*apptest.Client
	phone, number string
}

const password = "correct horse battery"

// person is the only one there in most worlds.
func (w *world) person() person { w.t.Helper(); return w.somebody("ada@example.com", "+12025550171") }

// somebody makes an account beside the running server, as an operator does, and
// lets its owner prove a phone.
func (w *world) somebody(email, phone string) person {
	w.t.Helper()
	command(w.t, w.home, w.env(), password+"\n", "user", "create", email, "--name", "Ada", "--time-zone", "America/New_York")
	command(w.t, w.home, w.env(), "", "user", "set-tier", email, "ai_secretary", "--reason", "chaos")
	p := person{Client: w.Client(w.t), phone: phone}
	p.SignIn(email, password)
	p.Prove(phone)
	p.number = p.Number()
	return p
}

// errand is the n-th thing that somebody wants to have done, as its text says it.
func errand(n int) string { return fmt.Sprintf("errand %d", n) }

var errandNumber = regexp.MustCompile(`\berrand (\d+)\b`)

// add texts the assistant to add an errand.
func (p person) add(n int) { p.T.Helper(); p.SendText(p.phone, p.number, "add "+errand(n)) }

// answers counts, by errand, the texts at the person's phone that name one.
func (p person) answers() map[string]int {
	p.T.Helper()
	n := map[string]int{}
	for _, text := range p.Texts(p.phone) {
		if m := errandNumber.FindString(text.Body); m != "" {
			n[m]++
		}
	}
	return n
}

// tasks counts the tasks by their title.
func (p person) tasks() map[string]int { p.T.Helper(); return p.counted("/api/tasks", "title") }

// counted counts what all pages of a list have in a field.
func (p person) counted(path, field string) map[string]int {
	p.T.Helper()
	n := map[string]int{}
	for cursor := ""; ; {
		var page struct {
			Data       []map[string]any
			NextCursor *string `json:"next_cursor"`
		}
		p.Want(200, "GET", path+"?limit=100&cursor="+url.QueryEscape(cursor), nil, &page)
		for _, row := range page.Data {
			n[row[field].(string)]++
		}
		if page.NextCursor == nil {
			return n
		}
		cursor = *page.NextCursor
	}
}

// reminder returns when the person's one task is due, and when they were reminded.
func (p person) reminder() (due, given time.Time) {
	p.T.Helper()
	var list struct {
		Data []struct {
			Due   time.Time  `json:"due_date"`
			Given *time.Time `json:"reminded_at"`
		}
	}
	p.Want(200, "GET", "/api/tasks", nil, &list)
	if len(list.Data) != 1 {
		p.T.Fatalf("got %d tasks, want 1", len(list.Data))
	}
	if list.Data[0].Given != nil {
		given = *list.Data[0].Given
	}
	return list.Data[0].Due, given
}

// heard counts the texts at the person's phone that begin with words.
func (p person) heard(words string) (n int) {
	p.T.Helper()
	for _, text := range p.Texts(p.phone) {
		if strings.HasPrefix(text.Body, words) {
			n++
		}
	}
	return n
}

// snapshot is all that a person can see of their messages, tasks and usage, at
// the product and at the carrier, and how much work was stored: line by line.
func (w *world) snapshot(p person) []string {
	w.t.Helper()
	var b bytes.Buffer
	for _, path := range []string{"/api/messages?limit=100", "/api/tasks?limit=100", "/billing/usage"} {
		if err := json.Indent(&b, []byte(p.Want(200, "GET", path, nil, nil).Body), "", " "); err != nil {
			w.t.Fatal(err)
		}
	}
	w.database(func(ctx context.Context, e store.Engine) error {
		list, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
		var bought struct{ Data []any }
		p.Want(200, "GET", "/sandbox/api/numbers", nil, &bought)
		fmt.Fprintf(&b, "\n%d texts at the phone\n%d numbers at the carrier\n%d jobs", len(p.Texts(p.phone)), len(bought.Data), len(list))
		return err
	})
	return strings.Split(b.String(), "\n")
}

// changes returns the lines that differ.
func changes(before, after []string) string {
	var b strings.Builder
	for i := range max(len(before), len(after)) {
		if line(before, i) != line(after, i) {
			fmt.Fprintf(&b, "- %s\n+ %s\n", line(before, i), line(after, i))
		}
	}
	return last(b.String(), 2000)
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// used is how many texts the person is charged with.
func (p person) used() int {
	p.T.Helper()
	var usage struct {
		Features []struct {
			Feature string
			Used    int
		}
	}
	p.Want(200, "GET", "/billing/usage", nil, &usage)
	for _, f := range usage.Features {
		if f.Feature == "sms_messages" {
			return f.Used
		}
	}
	p.T.Fatal("usage does not name sms_messages")
	return 0
}

// once waits until the errands from 1 to n are answered, and insists that each of
// them is a task once, was answered once, and that this is what is charged.
func (p person) once(n int) {
	p.T.Helper()
	want := map[string]int{}
	for i := range n {
		want[errand(i+1)] = 1
	}
	until(p.T, fmt.Sprintf("%d texts are answered and counted", n), 50*time.Second, func() (bool, any) {
		answers, used := p.answers(), p.used()
		return len(answers) >= n && used >= n, fmt.Sprintf("%d used, answers %v", used, answers)
	})
	if got := p.answers(); !maps.Equal(got, want) {
		p.T.Errorf("answers at the phone: got %v", unlike(got, want))
	}
	if got := p.tasks(); !maps.Equal(got, want) {
		p.T.Errorf("tasks: got %v", unlike(got, want))
	}
	if got := p.used(); got != n {
		p.T.Errorf("usage: got %d, want %d", got, n)
	}
}

// unlike returns what got has otherwise than want.
func unlike(got, want map[string]int) map[string]int {
	out := map[string]int{}
	for _, m := range []map[string]int{got, want} {
		for name := range m {
			if got[name] != want[name] {
				out[name] = got[name]
			}
		}
	}
	return out
}

// webhook is a delivery as the sandbox shows it.
type webhook struct {
	ID, Kind, URL, Status string
	Params                map[string]string
	Attempts              []struct {
		URL, Signature string
		Status         int
	}
}

// webhooks returns the deliveries of a kind, oldest first.
func (p person) webhooks(kind string) []webhook {
	p.T.Helper()
	var list struct{ Data []webhook }
	p.Want(200, "GET", "/sandbox/api/webhooks", nil, &list)
	slices.Reverse(list.Data)
	return slices.DeleteFunc(list.Data, func(h webhook) bool { return kind != "" && h.Kind != kind })
}

// settled waits until the carrier has nothing more to say, and returns what it
// said.
func (p person) settled() []webhook {
	p.T.Helper()
	var list []webhook
	until(p.T, "the carrier has told everything", 30*time.Second, func() (bool, any) {
		moving := slices.DeleteFunc(p.Texts(p.phone), func(t apptest.Text) bool { return t.Status == "delivered" })
		list = p.webhooks("") // after the texts: a step is announced when it is taken
		open := slices.DeleteFunc(slices.Clone(list), func(h webhook) bool { return h.Status != "pending" })
		return len(moving)+len(open) == 0, fmt.Sprintf("%d texts, %d webhooks on their way", len(moving), len(open))
	})
	return list
}

// resend lets the operator send off again what the carrier has given up.
func (p person) resend() (resent int) {
	p.T.Helper()
	for _, h := range p.settled() {
		if h.Status == "failed" {
			p.Want(202, "POST", "/sandbox/api/webhooks/"+h.ID+"/resend", nil, nil)
			resent++
		}
	}
	return resent
}

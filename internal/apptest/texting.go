package apptest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func unsigned(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	form := url.Values{
		"MessageSid": {"SM00000000000000000000000000000001"}, "AccountSid": {"AC00000000000000000000000000000000"},
		"From": {phone}, "To": {number}, "Body": {"add steal the crown jewels"}, "NumMedia": {"0"},
	}
	for _, path := range []string{"/webhooks/twilio/sms", "/webhooks/twilio/status"} {
		if a := x.Client(t).PostForm(path, form); a.Status != 403 || a.Code() != "invalid_signature" {
			t.Errorf("%s: got %d %s", path, a.Status, a.Code())
		}
	}
	if got := c.Do("GET", "/api/messages", nil).Body; strings.Contains(got, "crown jewels") {
		t.Error("an unsigned text was stored")
	}
}

func unknownSender(t *testing.T, x Target) {
	c, _, number := x.Owner(t)
	_, stranger := somebody(t)
	c.SendText(stranger, number, "what's on my list?")
	c.Eventually("the webhook to be delivered", func() bool {
		return strings.Contains(c.Do("GET", "/sandbox/api/webhooks", nil).Body, stranger[1:])
	})
	// What is sent afterwards is answered: so the stranger's would have been.
	_, phone, own := x.Owner(t)
	c.Ask(phone, own, "help me out, what can you do?")
	if got := c.Texts(stranger); len(got) != 0 {
		t.Errorf("the stranger was answered: %+v", got)
	}
	if got := c.Do("GET", "/api/messages", nil).Body; !strings.Contains(got, stranger) {
		t.Errorf("the owner cannot see what was quarantined: %s", got)
	}
}

func stopAndStart(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	has(t, c.Ask(phone, number, "STOP"), "NETWORK MSG")
	used := c.smsUsed()
	other, _ := somebody(t)
	x.Member(t, other).Want(409, "POST", "/api/phones", map[string]string{"number": phone}, nil)
	before := len(c.Texts(phone))
	c.SendText(phone, number, "add water the plants")
	c.Eventually("the task to be added all the same", func() bool {
		return strings.Contains(c.Do("GET", "/api/tasks", nil).Body, "water the plants")
	})
	if got := c.Texts(phone); len(got) != before {
		t.Errorf("somebody who said STOP got %+v", got[0])
	}
	has(t, c.Ask(phone, number, "start"), "NETWORK MSG")
	has(t, c.Ask(phone, number, "what's on my list?"), "water the plants")
	has(t, c.Ask(phone, number, "HELP"), "STOP")
	c.Eventually("only the assistant's answer to be counted", func() bool { return c.smsUsed() == used+1 })
}

func failingCarrier(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	used := c.smsUsed()
	for i, kind := range []string{"429", "500", "503", "timeout_after_commit"} {
		c.Fault("twilio", "messages.create", kind, 1)
		title := fmt.Sprintf("errand number %d", i)
		before := len(c.Texts(phone))
		c.SendText(phone, number, "add "+title)
		// The clock moves on, so that the retry is due.
		c.Eventually("the answer after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return len(c.Texts(phone)) > before
		})
		has(t, c.Texts(phone)[0].Body, title)
	}
	c.Eventually("four answers to be counted", func() bool { return c.smsUsed() == used+4 })
	c.Advance(2 * time.Hour)
	c.Ask(phone, number, "usage")
	answers := 0
	for _, m := range c.Texts(phone) {
		if strings.Contains(m.Body, "errand number") {
			answers++
		}
	}
	if answers != 4 {
		t.Errorf("got %d answers to 4 texts", answers)
	}
	c.Fault("twilio", "webhook.sms", "duplicate", 1)
	before := len(c.Texts(phone))
	c.SendText(phone, number, "add errand in duplicate")
	c.NextText(phone, before)
	c.Ask(phone, number, "usage")
	var tasks struct{ Data []struct{ Title string } }
	c.Want(200, "GET", "/api/tasks", nil, &tasks)
	n := 0
	for _, task := range tasks.Data {
		if task.Title == "errand in duplicate" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("a webhook delivered twice made %d tasks", n)
	}
}

func failingMail(t *testing.T, x Target) {
	for _, kind := range []string{"500", "429"} {
		email, _ := somebody(t)
		c := x.Client(t)
		c.Fault("sendgrid", "mail.send", kind, 1)
		c.Want(201, "POST", "/auth/signup", map[string]string{"email": email, "password": goodPassword}, nil)
		c.Eventually("the mail after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return len(c.Mails(email)) == 1
		})
	}
}

func tools(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	for _, turn := range []struct {
		say  string
		want []string
	}{
		{"add buy 2 high chairs", []string{"buy 2 high chairs"}},
		{"add call the bank", []string{"call the bank"}},
		{"my tasks", []string{"buy 2 high chairs", "call the bank"}},
		{"done call the bank", []string{"call the bank"}},
		{"remember that Anna's birthday is May 3", []string{"Anna"}},
		{"when is Anna's birthday?", []string{"May 3"}},
		{"forget about Anna's birthday", []string{"Anna"}},
		{"usage", []string{"500"}},
	} {
		has(t, c.Ask(phone, number, turn.say), turn.want...)
	}
	if got := c.Do("GET", "/api/memory/facts", nil).Body; strings.Contains(got, "birthday") {
		t.Errorf("a forgotten fact is still there: %s", got)
	}
	var done struct {
		Data []struct{ Title, Status string }
	}
	c.Want(200, "GET", "/api/tasks?status=done", nil, &done)
	if len(done.Data) != 1 || done.Data[0].Title != "call the bank" {
		raw, _ := json.Marshal(done.Data)
		t.Errorf("what is done: got %s", raw)
	}
}

func noTexts(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	c.Prove(phone)
	has(t, c.Ask(phone, x.Shared, "what's on my list?"), "AI Secretary")
	before := len(c.Texts(phone))
	c.SendText(phone, x.Shared, "and now?")
	c.Eventually("the second text to be taken in", func() bool {
		return strings.Contains(c.Do("GET", "/api/messages", nil).Body, "and now?")
	})
	_, other, number := x.Owner(t)
	c.Ask(other, number, "usage")
	if got := c.Texts(phone); len(got) != before {
		t.Errorf("told twice: %+v", got[0])
	}
	if used := c.smsUsed(); used != 0 {
		t.Errorf("a notice was counted: %d", used)
	}
}

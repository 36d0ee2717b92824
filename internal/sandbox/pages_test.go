package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
)

// aProduct is a product that notes what the inspector asks of it.
type aProduct struct {
	calls []string
	err   error
}

func (p *aProduct) Users(context.Context) ([]UserRow, error) {
	return []UserRow{
		{ID: "usr_1", Email: "ada@example.com", Name: "<b>Ada</b>", Tier: "ai_buddy", Verified: true, Phones: []string{ada}, Numbers: []string{testShared}},
		{ID: "usr_2", Email: "bob@example.com", Tier: "ai_secretary"},
	}, p.err
}

func (p *aProduct) Grant(_ context.Context, id, tier string, days int) error {
	p.calls = append(p.calls, "grant "+id+" "+tier)
	return p.err
}

func (p *aProduct) Jobs(_ context.Context, state jobs.State) ([]operator.Job, error) {
	given := operator.Job{
		Job: jobs.Job{ID: "job_1", Kind: "phone.send", State: jobs.Dead, Attempts: 36, Error: "no <i>way</i>\nand a stack", Note: "may have been sent twice", RunAt: time.Unix(0, 0)},
		Explanation: jobs.Explanation{
			Duty: jobs.Duty{Does: "Hands a text to the carrier.", Missing: "The person waits for it."}, Standing: "It was given up.", Advice: "Mend it.",
		},
	}
	waits := operator.Job{Job: jobs.Job{ID: "job_2", Kind: "task.remind", State: jobs.Queued, RunAt: time.Unix(0, 0)}}
	switch state {
	case "":
		return []operator.Job{given, waits}, p.err
	case jobs.Dead:
		return []operator.Job{given}, p.err
	}
	return nil, p.err
}

func (p *aProduct) RetryJobs(context.Context) error {
	p.calls = append(p.calls, "retry all")
	return p.err
}

func (p *aProduct) DiscardJob(_ context.Context, id string) error {
	p.calls = append(p.calls, "discard "+id)
	return p.err
}

func (p *aProduct) RetryJob(_ context.Context, id string) error {
	p.calls = append(p.calls, "retry "+id)
	return p.err
}

// page gets a page.
func (w *world) page(path string) (int, http.Header, string) {
	w.t.Helper()
	res, err := http.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(raw)
}

// post sends a form and does not follow where it leads.
func (w *world) post(path string, form url.Values) (int, string, string) {
	w.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(w.url+path, form)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("Location"), string(raw)
}

// full is a sandbox in which everything has happened, some of it hostile.
func full(t *testing.T) (*world, *aProduct) {
	w, p := newWorld(t), &aProduct{}
	w.SetProduct(p)
	m := aLetter()
	m.Subject = `<script>alert("subject")</script>`
	w.mail(m)
	w.receive(`<script>alert("text")</script>`)
	w.product.answers(answer(500, "text/html", `<script>alert("answer")</script>`))
	w.mustText(ada, "“quoted” & <b>bold</b>")
	w.pass(10 * time.Second)
	w.order(`{"vendor":"twilio","next":1,"kind":"500"}`)
	for range 2 {
		w.violated("twilio", opMessageCreate, []Violation{{Field: "<u>", Problem: "is not in the description", Request: "<i>=1"}})
	}
	return w, p
}

// hookOf is the latest webhook of a kind.
func hookOf(w *world, kind string) Delivery {
	for _, d := range slices.Backward(w.Webhooks()) {
		if d.Kind == kind {
			return d
		}
	}
	w.t.Fatalf("no webhook is of the kind %s", kind)
	return Delivery{}
}

func TestEveryPageIsShownAndKeepsToItself(t *testing.T) {
	w, _ := full(t)
	inline := regexp.MustCompile(`(?i)<script>|<script [^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|(src|href)="(https?:)?//[^l1]`)
	for path, want := range map[string][]string{
		"/sandbox":      {"Three things to try", "&lt;script&gt;alert"},
		"/sandbox/mail": {"Mailbox", "to ada@example.com", "&lt;script&gt;"},
		"/sandbox/mail/" + w.Mails()[0].ID: {
			"xSwarm &lt;noreply@xswarm.ai&gt;", `href="http://localhost:8787/verify-email?token=abc"`, `sandbox="allow-popups allow-popups-to-escape-sandbox"`,
			"custom_args.msg_id", "&lt;job_1@xswarm.ai&gt;", "categories", "accepted by SendGrid’s emulator", "The request to SendGrid", "&#34;personalizations&#34;: [",
		},
		"/sandbox/phone":             {`value="` + ada + `"`, "xSwarm, the shared number", "&lt;script&gt;alert", "&lt;b&gt;bold&lt;/b&gt;", "delivered"},
		"/sandbox/users":             {"&lt;b&gt;Ada&lt;/b&gt;", "Put on AI Secretary", "Back to AI Buddy", "not verified"},
		"/sandbox/jobs":              {"phone.send", "no &lt;i&gt;way&lt;/i&gt;", "may have been sent twice", "/sandbox/jobs/job_1/retry", "/sandbox/jobs/job_1/discard", "Hands a text to the carrier.", "The person waits for it.", "Mend it."},
		"/sandbox/jobs?state=dead":   {"phone.send", "Try all again"},
		"/sandbox/jobs?state=queued": {"No jobs."},
		"/sandbox/webhooks":          {"Text from " + ada, "failed", "Send again", "11200"},
		"/sandbox/webhooks/" + hookOf(w, hookSMS).ID: {
			"answered 500", "Twilio’s error 11200", "X-Twilio-Signature", "TwilioProxy/1.1", "application/x-www-form-urlencoded",
			"I-Twilio-Idempotency-Token", "/webhooks/twilio/smsAccountSid" + testSID, "&lt;script&gt;alert(&#34;answer&#34;)", "NumSegments",
		},
		"/sandbox/webhooks?status=failed":             {"Text from " + ada, "Send all"},
		"/sandbox/phone/messages/" + w.Texts()[0].SID: {"&lt;script&gt;alert", "from a person to xSwarm", "1 segment, GSM-7", "received", "it has arrived"},
		"/sandbox/phone/messages/" + w.Texts()[1].SID: {"queued", "sending", "delivered", "UCS-2", "-0.00790 USD", "it is delivered"},
		"/sandbox/payments":                           {"Nobody pays yet", "the subscription ends"},
		"/sandbox/payments/events":                    {"Nothing has happened"},
		"/sandbox/payments/meters":                    {"There are no meters yet"},
		"/sandbox/numbers":                            {"(833) 555-0199", "approved", w.product.URL + "/webhooks/twilio/sms"},
		"/sandbox/faults":                             {"500 server error", "/cancel", "Cancel all", "SendGrid is down", "overtaken by later ones", "Twilio: send a text"},
		"/sandbox/violations":                         {"&lt;u&gt;", "is not in the description", "Twilio: send a text", "2 times", "&lt;i&gt;=1"},
		"/sandbox/search?q=%3Cscript%3E":              {"Mails", "Texts", "Webhooks", "<mark>&lt;script&gt;</mark>", `value="&lt;script&gt;"`},
		"/sandbox/search?q=Ada":                       {"Users", "/sandbox/users#li-usr_1"},
		"/sandbox/search":                             {"identifier"},
		"/sandbox/clock":                              {"Sunday, 22 November 2026", "The real time."},
	} {
		status, header, body := w.page(path)
		if status != http.StatusOK {
			t.Errorf("%s: got %d, want 200", path, status)
		}
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %q is missing", path, part)
			}
		}
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s: got %q, want nothing inline and nothing from outside", path, found)
		}
		if got := header.Get("Content-Security-Policy"); got != pagePolicy {
			t.Errorf("%s: got policy %q", path, got)
		}
		if strings.Contains(body, "@stamp") || strings.Contains(body, "@badge") {
			t.Errorf("%s: a component was not called", path)
		}
		if strings.Contains(body, "and a stack") {
			t.Errorf("%s: shows a stack", path)
		}
	}
	if status, _, body := w.page("/sandbox/nowhere"); status != http.StatusNotFound || !strings.Contains(body, "no such page") {
		t.Errorf("nowhere: got %d, want a page with 404", status)
	}
}

func TestAMailIsShownByItselfWhereItCanDoNothing(t *testing.T) {
	w, _ := full(t)
	id := w.Mails()[0].ID
	status, header, body := w.page("/sandbox/mail/" + id + "/html")
	if status != http.StatusOK || !strings.HasPrefix(body, `<html><head><base target="_blank">`) {
		t.Errorf("got %d %q, want the mail with links that open in a new tab", status, body)
	}
	policy := header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "sandbox allow-popups allow-popups-to-escape-sandbox", "frame-ancestors 'self'", "form-action 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("got policy %q, want %q in it", policy, part)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("got policy %q, want neither scripts nor an origin", policy)
	}
	if status, _, _ := w.page("/sandbox/mail/none.0/html"); status != http.StatusNotFound {
		t.Errorf("another mail: got %d, want 404", status)
	}
}

func TestFormsDoTheirWorkAndLeadBack(t *testing.T) {
	w, p := full(t)
	hook := w.Webhooks()[0].ID
	for _, c := range []struct {
		path, form, to string
	}{
		{"/sandbox/phone", "from=%2B12025550101&to=%2B18335550199&body=a%0D%0Ab", "/sandbox/phone?phone=%2B12025550101&with=%2B18335550199"},
		{"/sandbox/users/usr_1/grant", "tier=ai_secretary", "/sandbox/users?done=granted"},
		{"/sandbox/users/usr_2/grant", "tier=", "/sandbox/users?done=granted"},
		{"/sandbox/jobs/job_1/retry", "", "/sandbox/jobs?done=retried"},
		{"/sandbox/jobs/retry", "", "/sandbox/jobs?done=retried"},
		{"/sandbox/jobs/job_1/discard", "", "/sandbox/jobs?done=discarded"},
		{"/sandbox/webhooks/" + hook + "/resend", "", "/sandbox/webhooks?done=resent"},
		{"/sandbox/numbers", "number=%2B18335550199&verification=IN_REVIEW", "/sandbox/numbers?done=set"},
		{"/sandbox/faults", "what=sendgrid&kind=429&next=2&delay_ms=", "/sandbox/faults?done=ordered"},
		{"/sandbox/clock", "advance=24h", "/sandbox/clock?done=moved"},
		{"/sandbox/clock", "to=2026-11-24T10%3A30", "/sandbox/clock?done=moved"},
	} {
		form, _ := url.ParseQuery(c.form)
		if status, to, _ := w.post(c.path, form); status != http.StatusSeeOther || to != c.to {
			t.Errorf("%s: got %d to %q, want 303 to %q", c.path, status, to, c.to)
		}
	}
	if got, want := strings.Join(p.calls, ", "), "grant usr_1 ai_secretary, grant usr_2 , retry job_1, retry all, discard job_1"; got != want {
		t.Errorf("the product was asked %q, want %q", got, want)
	}
	texts := w.Texts()
	if got := texts[len(texts)-1].Body; got != "a\nb" {
		t.Errorf("text: got %q, want the lines as typed", got)
	}
	if w.Numbers()[0].Verification != "IN_REVIEW" || len(w.Faults()) != 2 {
		t.Error("the number or the fault was not changed")
	}
	if got, want := w.Clock()(), time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("clock: got %v, want %v", got, want)
	}
	if _, _, body := w.page("/sandbox/clock?done=moved"); !strings.Contains(body, "The clock was moved.") {
		t.Error("the page does not say what was done")
	}
	if status, to, _ := w.post("/sandbox/reset", nil); status != http.StatusSeeOther || to != "/sandbox?done=emptied" || len(w.Mails()) != 0 {
		t.Errorf("reset: got %d to %q with %d mails left", status, to, len(w.Mails()))
	}
}

func TestAFormThatCannotBeSaysWhy(t *testing.T) {
	w, p := full(t)
	for _, c := range []struct {
		path, form, words string
	}{
		{"/sandbox/phone", "from=%2B12025550101&to=%2B18335550198&body=kept", "is not a number of this account"},
		{"/sandbox/numbers", "number=%2B18335550199&verification=x", "must be one of"},
		{"/sandbox/faults", "what=twilio&kind=429&next=none", "must be a whole number"},
		{"/sandbox/faults", "what=sendgrid&kind=drop&next=1", "befalls webhooks"},
		{"/sandbox/clock", "advance=-1h", "only goes forward"},
		{"/sandbox/clock", "to=2020-01-01T00%3A00", "only goes forward"},
		{"/sandbox/clock", "to=", "give a date and a time"},
	} {
		form, _ := url.ParseQuery(c.form)
		status, _, body := w.post(c.path, form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, c.words) || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s %s: got %d, want 422 and %q", c.path, c.form, status, c.words)
		}
		if c.path == "/sandbox/phone" && !strings.Contains(body, ">kept</textarea>") {
			t.Error("what was typed is lost")
		}
	}
	if status, _, _ := w.post("/sandbox/webhooks/WHx/resend", nil); status != http.StatusNotFound {
		t.Errorf("an unknown webhook: got %d, want 404", status)
	}
	if status, _, body := w.page("/sandbox/phone?phone=me"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "+14155550123") {
		t.Errorf("a bad phone: got %d, want 422 with an example", status)
	}
	p.err = fault.New(fault.Conflict, "job_not_dead", "This job is not dead.")
	if status, _, body := w.post("/sandbox/jobs/job_1/retry", nil); status != http.StatusConflict || !strings.Contains(body, "This job is not dead.") {
		t.Errorf("a living job: got %d, want 409 and why", status)
	}
	p.err = errors.New("the disk is full")
	if status, _, body := w.page("/sandbox/users"); status != http.StatusInternalServerError || strings.Contains(body, "disk") {
		t.Errorf("a broken product: got %d, want 500 that tells nothing", status)
	}
}

func TestASandboxByItselfHasNoUsersAndNoJobs(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/sandbox/users", "/sandbox/jobs"} {
		if status, _, body := w.page(path); status != http.StatusOK || !strings.Contains(body, "runs by itself") {
			t.Errorf("%s: got %d, want a page that says why it is empty", path, status)
		}
	}
	for _, path := range []string{"/sandbox/users/usr_1/grant", "/sandbox/jobs/job_1/retry"} {
		if status, _, _ := w.post(path, nil); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

func TestAssetsAreServedByTheirContents(t *testing.T) {
	w := newWorld(t)
	_, _, body := w.page("/sandbox")
	for kind, link := range map[string]*regexp.Regexp{
		"text/css; charset=utf-8":        regexp.MustCompile(`/sandbox/assets/sandbox\.css\?v=\w+`),
		"text/javascript; charset=utf-8": regexp.MustCompile(`/sandbox/assets/sandbox\.js\?v=\w+`),
		"image/svg+xml":                  regexp.MustCompile(`/sandbox/assets/icon\.svg`),
	} {
		path := link.FindString(body)
		status, header, content := w.page(path)
		if status != http.StatusOK || header.Get("Content-Type") != kind || content == "" {
			t.Errorf("%q: got %d %s, want %s", path, status, header.Get("Content-Type"), kind)
		}
	}
	if status, _, _ := w.page("/sandbox/assets/..%2fpages.go"); status != http.StatusNotFound {
		t.Errorf("another file: got %d, want 404", status)
	}
}

func TestThePhoneBeginsWithWhomItTextedLast(t *testing.T) {
	w := newWorld(t)
	number := w.search(nil)[0]
	if _, err := w.buy(number); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{testShared, number, testShared} {
		if _, err := w.Receive(Incoming{From: ada, To: to, Body: "hello"}); err != nil {
			t.Fatal(err)
		}
		if _, _, body := w.page("/sandbox/phone?phone=" + url.QueryEscape(ada)); !strings.Contains(body, `name="to" value="`+to+`"`) {
			t.Errorf("after a text to %s the phone shows another conversation", to)
		}
	}
}

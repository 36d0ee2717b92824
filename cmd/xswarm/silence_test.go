//go:build linux

package main

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"xswarm.ai/server/internal/apptest"
)

// private gathers, under names of their own, what must not be seen outside of the
// database.
type private map[string]string

// forms are the ways in which a text may be written.
func forms(s string) []string {
	quoted, _ := json.Marshal(s)
	list := []string{
		s, strings.ToLower(s), url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`), hex.EncodeToString([]byte(s)),
	}
	for before := range 3 { // wherever it begins in what was encoded
		padded := append(make([]byte, before), s...)
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := e.EncodeToString(padded)
			from := []int{0, 2, 3}[before]
			to := len(encoded) - []int{0, 2, 1}[len(padded)%3]
			if to-from >= 8 {
				list = append(list, encoded[from:to])
			}
		}
	}
	return list
}

// parts are a text and the pieces of it that say as much: an address' two halves, a
// number without its country or with only its end, each long word.
func parts(s string) []string {
	list := []string{s}
	if digits := strings.TrimPrefix(s, "+1"); digits != s {
		return append(list, digits, digits[3:], digits[:3]+"-"+digits[3:6]+"-"+digits[6:], "("+digits[:3]+") "+digits[3:6]+"-"+digits[6:])
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '@' || r == '.' }) {
		if len(word) >= 8 {
			list = append(list, word)
		}
	}
	return list
}

// leaks returns what of it is in a text.
func (p private) leaks(text string) (found []string) {
	for name, value := range p {
		if form, i := leak(value, text); i >= 0 {
			found = append(found, fmt.Sprintf("%s (as %q) in: %s", name, form, text[max(i-200, 0):min(i+len(form)+100, len(text))]))
		}
	}
	return found
}

// leak returns a form in which a value is in a text, and where; -1 if it is not.
func leak(value, text string) (form string, at int) {
	for _, part := range parts(value) {
		for _, form := range forms(part) {
			if i := strings.Index(text, form); i >= 0 {
				return form, i
			}
		}
	}
	return "", -1
}

func TestTheSearchForWhatIsPrivateFindsIt(t *testing.T) {
	p := private{"address": "quokka.of.rottnest@leaky.example", "number": "+12025550163", "body": "polish the marmalade zeppelin"}
	for _, leak := range []string{
		"to quokka.of.rottnest@leaky.example failed", "to=quokka.of.rottnest%40leaky.example", "hello rottnest",
		"from 202-555-0163", "from (202) 555-0163", "…5550163", "%2B12025550163",
		base64.StdEncoding.EncodeToString([]byte("user:+12025550163:x")), base64.URLEncoding.EncodeToString([]byte("a marmalade jar")),
		hex.EncodeToString([]byte("marmalade")),
	} {
		if p.leaks(leak) == nil {
			t.Errorf("it does not find the leak in %q", leak)
		}
	}
	if found := p.leaks("request=ABC route=/auth/login status=200 ms=3 polish"); found != nil {
		t.Errorf("it finds %v", found)
	}
}

// receiver takes in traces.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	raw   strings.Builder
	spans []*traces.Span
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	rec := &receiver{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if body, err = gzip.NewReader(r.Body); err != nil {
				t.Error(err)
				return
			}
		}
		raw, err := io.ReadAll(body)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(raw, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
			return
		}
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.raw.Write(raw)
		for _, resource := range req.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				rec.spans = append(rec.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(rec.Close)
	return rec
}

// find returns the spans with a name.
func (rec *receiver) find(name string) (found []*traces.Span) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, s := range rec.spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// watchedServer is the binary with everything that speaks turned up.
type watchedServer struct {
	*process
	apptest.Target
}

func serveWatched(t *testing.T, dir string, rec *receiver, settings ...string) watchedServer {
	t.Helper()
	address := apptest.FreePort(t)
	env := append([]string{
		"XSWARM_DATA_DIR=" + dir, "XSWARM_ADDR=" + address, "XSWARM_LOG=json", "OTEL_EXPORTER_OTLP_ENDPOINT=" + rec.URL,
		"JWT_SECRET=" + watchedSecret, "XSWARM_DB_KEY=" + keyA, "TRUSTED_PROXIES=127.0.0.1",
	}, settings...)
	base := "http://" + address
	return watchedServer{
		launch(t, "the server", dir, env, "Sign up as somebody new", "-v", "serve"),
		apptest.Target{BaseURL: base, Sandbox: base + "/sandbox", Shared: sharedNumber},
	}
}

const watchedSecret = "an umbrella that signs tokens, long enough"

func TestNothingPrivateIsLoggedOrTraced(t *testing.T) {
	t.Parallel()
	rec, dir := newReceiver(t), t.TempDir()
	p := private{
		"the secret of tokens": watchedSecret, "the database's key": keyA,
		"an address": "quokka.of.rottnest@leaky.example", "a password": "cinnamon trebuchet walrus",
		"another password": "periwinkle gargoyle omelette", "a wrong password": "notthepassword1",
		"an unknown address": "numbat.unknown@leaky.example", "a phone": "+12025550163", "a name": "Wilhelmina",
		"a task": "polish the marmalade zeppelin", "a stranger's phone": "+12025550188", "a stranger's text": "kaleidoscope sandwiches",
		"a client's address": "203.0.113.77", "what is in a path": "pathological-otter", "what is in a query": "querulous-badger",
		"what is in a header": "headstrong-pangolin", "what is in a body": "bodacious-axolotl", "what is in a form": "formidable-capybara",
	}
	s := serveWatched(t, dir, rec)
	d := drive{t, s.Target, p}
	d.account()
	d.texts()
	d.strangers()
	d.failures()
	s.stop()

	// The vendors cannot be reached at all.
	const nowhere = "http://127.0.0.1:1"
	cut := serveWatched(t, dir, rec, "SENDGRID_API_BASE="+nowhere, "TWILIO_API_BASE="+nowhere)
	drive{t, cut.Target, p}.unreachable()
	until(t, "both failures are logged", 20*time.Second, func() (bool, any) {
		said := cut.stderr.String()
		return strings.Contains(said, `"kind":"account.reset"`) && strings.Contains(said, `"kind":"phone.`), last(said, 500)
	})
	cut.stop()
	for _, name := range []string{"sandbox-twilio-token", "sandbox-sendgrid-key", "sandbox-stripe-key", "sandbox-stripe-webhook-secret", "sandbox-stripe-events-secret", "demo-password"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		p[name] = string(raw)
	}

	log := s.stderr.String() + cut.stderr.String()
	for where, text := range map[string]string{"the log": log, "the traces": rec.raw.String()} {
		for _, leak := range p.leaks(text) {
			t.Errorf("%s: %s", where, leak)
		}
	}
	delete(p, "demo-password") // the start says it, for whoever tries the sandbox
	for _, leak := range p.leaks(s.stdout.String() + cut.stdout.String()) {
		t.Errorf("standard output: %s", leak)
	}
	wantSaid(t, log)
	wantTraced(t, rec)
}

// wantSaid insists that the log was not silent only because nothing was logged.
func wantSaid(t *testing.T, log string) {
	t.Helper()
	for _, words := range []string{
		`"route":"POST /auth/login","status":401`, `"route":"POST /webhooks/twilio/sms","status":403`, `"msg":"jobs: attempt failed"`,
		`"kind":"phone.send"`, `"kind":"account.reset"`, `connection refused`,
	} {
		if !strings.Contains(log, words) {
			t.Errorf("%s is not in the log", words)
		}
	}
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a line is no JSON: %v\n%s", err, line)
		} else if id, _ := fields["trace_id"].(string); fields["msg"] == "request" && len(id) != 32 {
			t.Errorf("a request has no trace: %s", line)
		}
	}
}

// wantTraced insists that each kind of work left a trace, and that its parts hang
// together.
func wantTraced(t *testing.T, rec *receiver) {
	t.Helper()
	for _, name := range []string{"POST /auth/login", "POST /webhooks/twilio/sms", "job phone.answer", "job phone.send", "job account.reset", "POST", "database batch", "database one"} {
		if rec.find(name) == nil {
			t.Errorf("there is no span %q", name)
		}
	}
	sends := rec.find("job phone.send")
	if !slices.ContainsFunc(rec.find("POST"), func(call *traces.Span) bool {
		return slices.ContainsFunc(sends, func(job *traces.Span) bool { return string(call.ParentSpanId) == string(job.SpanId) })
	}) {
		t.Error("no request to a vendor is a part of the job that made it")
	}
	if !slices.ContainsFunc(sends, func(job *traces.Span) bool { return job.Status.GetCode() == traces.Status_STATUS_CODE_ERROR }) {
		t.Error("no job that failed is marked so")
	}
}

// drive uses the product in every way that might say something.
type drive struct {
	*testing.T
	target apptest.Target
	private
}

func (d drive) client() *apptest.Client { return d.target.Client(d.T) }

func (d drive) account() {
	d.Helper()
	c := d.client()
	email, password, other := d.private["an address"], d.private["a password"], d.private["another password"]
	c.Want(201, "POST", "/auth/signup", map[string]any{"email": email, "password": password, "name": d.private["a name"]}, nil)
	d.private["a verification's token"] = c.MailedToken(email, "confirm")
	c.Want(200, "POST", "/auth/verify-email", map[string]string{"token": d.private["a verification's token"]}, nil)
	c.Want(401, "POST", "/auth/login", map[string]string{"email": email, "password": d.private["a wrong password"]}, nil)
	c.Want(401, "POST", "/auth/login", map[string]string{"email": d.private["an unknown address"], "password": password}, nil)
	c.SignIn(email, password)
	d.private["a session's token"] = c.Token
	for _, to := range []string{email, d.private["an unknown address"]} {
		c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": to}, nil)
	}
	d.private["a reset's token"] = c.MailedToken(email, "new password")
	c.Want(200, "POST", "/auth/reset-password", map[string]string{"token": d.private["a reset's token"], "password": other}, nil)

	page := d.client()
	page.PostForm("/login", url.Values{"email": {email}, "password": {d.private["a wrong password"]}})
	a := page.PostForm("/login", url.Values{"email": {email}, "password": {other}})
	_, value, _ := strings.Cut(a.Header.Get("Set-Cookie"), "=")
	if a.Status != 303 || len(value) < 20 {
		d.Fatalf("signing in on the page: got %s", a)
	}
	d.private["a cookie"], _, _ = strings.Cut(value, ";")
}

func (d drive) texts() {
	d.Helper()
	c, phone := d.client(), d.private["a phone"]
	c.SignIn(d.private["an address"], d.private["another password"])
	c.Grant("ai_secretary")
	c.Prove(phone)
	if d.private["a code"] = sixDigits.FindString(c.Texts(phone)[0].Body); d.private["a code"] == "" {
		d.Fatalf("no code arrived: %+v", c.Texts(phone))
	}
	number := c.Number()
	d.private["an assistant's number"] = number
	for _, kind := range []string{"500", "429", "503"} { // each answer is sent again
		c.Fault("twilio", "messages.create", kind, 1)
		before := len(c.Texts(phone))
		c.SendText(phone, number, "remind me to "+d.private["a task"]+" tomorrow at 2pm")
		c.Eventually("the answer after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return len(c.Texts(phone)) > before
		})
	}
	c.Ask(phone, number, "STOP")
	c.Ask(phone, number, "START")
	c.SendText(d.private["a stranger's phone"], number, d.private["a stranger's text"])
	c.Advance(48 * time.Hour)
	c.Eventually("the reminder", func() bool { return strings.HasPrefix(c.Texts(phone)[0].Body, "Reminder") })
}

// strangers send what no program of ours would.
func (d drive) strangers() {
	d.Helper()
	c := d.client()
	path, query, body, form := d.private["what is in a path"], d.private["what is in a query"], d.private["what is in a body"], d.private["what is in a form"]
	for _, b := range []string{`{"email":"` + body, body, `{"email":"` + body + `","password":7}`, `{"` + body + `":1,"email":"a@example.com","password":"long enough it is"}`} {
		c.Do("POST", "/auth/signup", b)
		c.Do("POST", "/auth/login", b)
		c.Do("POST", "/auth/verify-email", `{"token":"`+body+`"}`)
	}
	for _, p := range []string{"/" + path, "/auth/" + path, "/api/phones/" + path, "/login?next=" + query, "/verify-email?token=" + query, "/api/tasks?cursor=" + query, "/%zz" + path} {
		req, err := http.NewRequestWithContext(d.Context(), "GET", d.target.BaseURL+"/", nil)
		if err != nil {
			d.Fatal(err)
		}
		req.URL.Opaque = strings.TrimPrefix(d.target.BaseURL, "http:") + p
		for _, name := range []string{"User-Agent", "Cookie", "Referer", "Authorization", "Traceparent", "X-Request-Id", "Accept-Language", "Origin"} {
			req.Header.Set(name, d.private["what is in a header"])
		}
		req.Header.Set("X-Forwarded-For", d.private["a client's address"])
		res, err := new(http.Transport).RoundTrip(req)
		if err != nil {
			d.Fatal(err)
		}
		res.Body.Close()
	}
	for _, path := range []string{"/login", "/signup", "/forgot-password", "/reset-password", smsPath, "/webhooks/twilio/status"} {
		c.PostForm(path, url.Values{"email": {form}, "password": {form}, "token": {form}, form: {form}, "Body": {form}, "From": {d.private["a stranger's phone"]}})
		c.PostForm(path+"?x="+query, url.Values{"%zz" + form: {form}})
		c.Do("POST", path, "%zz="+form+"&;"+form)
	}
	req, err := http.NewRequestWithContext(d.Context(), d.private["what is in a header"], d.target.BaseURL+"/auth/login", nil)
	if err != nil {
		d.Fatal(err)
	}
	res, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		d.Fatal(err)
	}
	res.Body.Close()
}

// failures are the mail vendor's.
func (d drive) failures() {
	d.Helper()
	c, email := d.client(), d.private["an address"]
	count := func() (n int) { return len(c.Mails(email)) }
	for _, kind := range []string{"500", "429", "timeout_after_commit"} {
		before := count()
		c.Fault("sendgrid", "mail.send", kind, 1)
		c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
		c.Eventually("the mail after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return count() > before
		})
		c.Advance(time.Hour)
	}
}

func (d drive) unreachable() {
	d.Helper()
	c := d.client()
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": d.private["an address"]}, nil)
	c.SignIn(d.private["an address"], d.private["another password"])
	c.SendText(d.private["a phone"], d.private["an assistant's number"], "add "+d.private["a task"])
	d.private["a later session's token"] = c.Token
}

package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/hrana"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/stripe"
)

// counter counts the requests that reach a database, and lets them pass.
type counter struct {
	http.RoundTripper
	n atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// vendors accepts every mail and every text.
type vendors struct{ texts atomic.Int64 }

func (v *vendors) RoundTrip(r *http.Request) (*http.Response, error) {
	res := &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}
	if strings.Contains(r.URL.Path, "Messages.json") {
		res.StatusCode = http.StatusCreated
		res.Body = io.NopCloser(strings.NewReader(fmt.Sprintf(
			`{"sid":"SM%032x","status":"queued","num_segments":"1","direction":"outbound-api"}`, v.texts.Add(1))))
		res.Header.Set("Content-Type", "application/json")
	}
	return res, nil
}

const (
	countedToken = "0123456789abcdef0123456789abcdef"
	countedHook  = "whsec_0123456789abcdef0123456789abcdef"
	countedSID   = "AC00000000000000000000000000000000"
	adaPhone     = "+12025550123"
	adaNumber    = "+18335550101"
)

// The numbers are those of docs/turso-database.md.
func TestRoundTripsToTurso(t *testing.T) {
	count := &counter{RoundTripper: &http.Transport{}}
	db, err := hrana.Open(hrana.Options{URL: storetest.TursoURL(t), Transport: count})
	if err != nil {
		t.Fatal(err)
	}
	engine := store.Remote(db, "Turso")
	t.Cleanup(func() { engine.Close() })
	cfg, err := ConfigFrom(func(name string) string {
		return map[string]string{
			"BASE_URL": "https://xswarm.ai", "JWT_SECRET": strings.Repeat("s", 32), "SENDGRID_API_KEY": "SG.x",
			"TWILIO_ACCOUNT_SID": countedSID, "TWILIO_AUTH_TOKEN": countedToken, "TWILIO_PHONE_NUMBER": "+18335550100",
			"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": countedHook,
		}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock()
	a, err := New(cfg, Deps{Engine: engine, Transport: &vendors{}, Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner(t, a)

	post := func(path, kind, body string, header ...string) func() {
		return func() {
			r := httptest.NewRequest("POST", path, strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			for pair := range slices.Chunk(header, 2) {
				r.Header.Set(pair[0], pair[1])
			}
			w := httptest.NewRecorder()
			a.Handler.ServeHTTP(w, r)
			if w.Code >= 300 {
				t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
			}
		}
	}
	drain := func() {
		for {
			if n, err := a.Jobs.Tick(t.Context()); err != nil || n == 0 {
				return
			}
		}
	}
	member := func() account.Session {
		s, err := a.Accounts.Login(t.Context(), account.Credentials{Email: "ada@example.com", Password: "correct horse battery"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}()
	me := func() {
		if _, err := a.Accounts.Authenticate(t.Context(), member.Token); err != nil {
			t.Fatal(err)
		}
	}
	keyed := post("/api/phones", "application/json", `{"number":"+12025550188"}`, "Authorization", "Bearer "+member.Token, "Idempotency-Key", "k1")
	change := func() {
		_, err := a.Accounts.ChangePassword(t.Context(), member, account.PasswordChange{Current: "correct horse battery", New: "staple of a battery"})
		if err != nil {
			t.Fatal(err)
		}
	}
	text := url.Values{
		"MessageSid": {"SM" + strings.Repeat("a", 32)}, "AccountSid": {countedSID}, "From": {adaPhone}, "To": {adaNumber},
		"Body": {"add buy milk"}, "NumMedia": {"0"},
	}
	const paid = `{"id":"evt_1","object":"event","type":"invoice.paid","livemode":false,"created":1760000000,"api_version":"2026-03-25.dahlia",` +
		`"data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1"}}}`
	event := func() {
		post(stripe.WebhookPath, "application/json", paid, "Stripe-Signature", signEvent(paid, clock.Now()))()
	}
	for _, c := range []struct {
		what string
		do   func()
		want int64
		why  string
	}{
		{"sign-up", post("/auth/signup", "application/json", `{"email":"bob@example.com","password":"correct horse battery"}`), 2, "limits; the transaction"},
		{"sign-in", post("/auth/login", "application/json", `{"email":"ada@example.com","password":"correct horse battery"}`), 3, "limits; the user; the transaction"},
		{"a member's request", me, 1, "the session with its user"},
		{"the same a quarter of an hour later", func() { clock.Advance(15 * time.Minute); me() }, 2, "the session was used"},
		{"a request with an Idempotency-Key", keyed, 8, "the session; the claim; 5 for the phone; the answer is kept"},
		{"the same request again", keyed, 3, "the session; the claim; the answer"},
		{"a new password", change, 3, "limits; the user; the transaction"},
		{"a text comes in", post("/webhooks/twilio/sms", "application/x-www-form-urlencoded", text.Encode(),
			"X-Twilio-Signature", signForm("https://xswarm.ai/webhooks/twilio/sms", text)), 2, "who it is; the transaction"},
		{"the same again", post("/webhooks/twilio/sms", "application/x-www-form-urlencoded", text.Encode(),
			"X-Twilio-Signature", signForm("https://xswarm.ai/webhooks/twilio/sms", text)), 1, "it is known"},
		{"a payment event comes in", event, 1, "the event with its job"},
		{"the same again", event, 1, "it is known"},
		{"a tick with nothing to do", func() { a.Jobs.Tick(context.Background()) }, 1, "the claim"},
	} {
		if c.what == "a tick with nothing to do" {
			drain()
		}
		before := count.n.Load()
		c.do()
		if got := count.n.Load() - before; got != c.want {
			t.Errorf("%s: got %d round trips, want %d (%s)", c.what, got, c.want, c.why)
		}
	}

	// One job at a time: what each costs beside the claim and the record.
	a.Jobs.Parallel = 1
	text.Set("MessageSid", "SM"+strings.Repeat("b", 32))
	post("/webhooks/twilio/sms", "application/x-www-form-urlencoded", text.Encode(),
		"X-Twilio-Signature", signForm("https://xswarm.ai/webhooks/twilio/sms", text))()
	for _, c := range []struct {
		what string
		most int64
	}{{"the tick that answers it", 8}, {"the tick that sends the answer", 6}} {
		before := count.n.Load()
		if n, err := a.Jobs.Tick(t.Context()); err != nil || n != 1 {
			t.Fatalf("%s: ran %d jobs, %v", c.what, n, err)
		}
		got := count.n.Load() - before
		t.Logf("%s: %d round trips", c.what, got)
		if got > c.most {
			t.Errorf("%s: got %d round trips, want at most %d", c.what, got, c.most)
		}
	}
}

// owner makes somebody on AI Secretary with a phone and a number.
func owner(t *testing.T, a *App) {
	t.Helper()
	u, err := a.Accounts.Create(t.Context(), account.NewUser{Email: "ada@example.com", Password: "correct horse battery", Verified: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Phones.AssignNumber(t.Context(), u.ID, adaNumber, phone.SMSVerified); err != nil {
		t.Fatal(err)
	}
	g := plan.Grant{Tier: plan.Secretary, Reason: "test"}
	if u, err = a.Accounts.Grant(t.Context(), u.ID, g, account.ActorOperator); err != nil {
		t.Fatal(err)
	}
	p := phone.Phone{ID: "phn_1", UserID: u.ID, Number: adaPhone, CreatedAt: a.Now(), CodeNonce: "n", CodeExpiresAt: a.Now().Add(time.Minute)}
	text := phone.Text{ID: "msg_1", UserID: u.ID, Direction: phone.Outbound, From: "+18335550100", To: adaPhone, Body: "code", Kind: phone.KindCode, State: phone.Queued, CreatedAt: a.Now()}
	if _, err := a.Store.SavePhone(t.Context(), p, 5, text, a.Phones.ProvisionJobs(u)[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Store.ProvePhone(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// signForm makes Twilio's signature.
func signForm(address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(countedToken))
	mac.Write([]byte(address))
	for _, name := range names {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signEvent makes Stripe's signature.
func signEvent(body string, at time.Time) string {
	moment := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(countedHook))
	mac.Write([]byte(moment + "." + body))
	return "t=" + moment + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

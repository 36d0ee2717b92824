package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/stripe"
)

func TestAVendorThatIsOffIsNeverCalled(t *testing.T) {
	a := allOff(t)
	if err := (noMail{}).SendMail(t.Context(), mail.Message{}); !errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), "SENDGRID_API_KEY") {
		t.Errorf("got %v", err)
	}
	for path, body := range map[string]string{"/webhooks/twilio/sms": "Body=x", stripe.WebhookPath: "{}", stripe.EventsPath: "{}"} {
		w := httptest.NewRecorder()
		a.Handler.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(body)))
		if w.Code != 404 {
			t.Errorf("%s, the webhook of a vendor that is off: got %d", path, w.Code)
		}
	}
}

// allOff is the product with every vendor turned off. Without a transport their
// clients would not even be made.
func allOff(t *testing.T) *App {
	t.Helper()
	cfg, err := from(map[string]string{
		"SENDGRID_API_KEY": "off", "TWILIO_ACCOUNT_SID": "off", "STRIPE_SECRET_KEY": "off", "JWT_SECRET": strings.Repeat("s", 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(cfg, Deps{Engine: storetest.EmbeddedEngine(t), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWithoutPaymentsPlansAreSeenAndNotSold(t *testing.T) {
	a := allOff(t)
	const password = "correct horse battery"
	if _, err := a.Accounts.Create(t.Context(), account.NewUser{Email: "ada@example.com", Password: password, Verified: true}); err != nil {
		t.Fatal(err)
	}
	in, err := a.Accounts.Login(t.Context(), account.Credentials{Email: "ada@example.com", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", "/billing/checkout", `{"tier":"ai_secretary"}`, 404, "payments_off"},
		{"POST", "/billing/portal", "", 404, "payments_off"},
		{"POST", "/billing/preview", `{"tier":"ai_secretary"}`, 404, "payments_off"},
		{"POST", "/billing/change", `{"tier":"ai_secretary"}`, 404, "payments_off"},
		{"GET", "/billing/plans", "", 200, ""},
		{"GET", "/billing/subscription", "", 200, ""},
		{"GET", "/billing/usage", "", 200, ""},
		{"GET", "/billing/invoices", "", 200, ""},
		{"GET", "/billing/spending-cap", "", 200, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+in.Token)
		w := httptest.NewRecorder()
		a.Handler.ServeHTTP(w, r)
		var said struct{ Code string }
		json.Unmarshal(w.Body.Bytes(), &said)
		if w.Code != c.status || said.Code != c.code {
			t.Errorf("%s %s: got %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	if kinds := a.Jobs.Kinds(); !slices.Contains(kinds, billing.KindEvent) {
		t.Errorf("what is left in the inbox when payments are turned off is nobody's: %v", kinds)
	}
}

func TestAProductWithoutKeysOrEmulatorIsRefused(t *testing.T) {
	vendors := []string{"SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"}
	for _, missing := range vendors {
		env := map[string]string{"JWT_SECRET": strings.Repeat("s", 32)}
		for _, name := range vendors {
			if name != missing {
				env[name] = "off"
			}
		}
		cfg, err := from(env)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(cfg, Deps{Engine: storetest.EmbeddedEngine(t), Now: time.Now, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("without %s it was made all the same", missing)
		}
	}
}

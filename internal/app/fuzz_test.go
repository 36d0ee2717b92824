package app

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/storetest"
)

// Whatever a request to the API holds, it is done or refused in JSON, by a code and
// a field's name; nothing fails inside.
func FuzzRequestsAreTakenOrRefused(f *testing.F) {
	f.Add(uint8(0), `{"token":"abc"}`, "")
	f.Add(uint8(1), `{"token":"abc","password":"four quiet words"}`, "")
	f.Add(uint8(2), `{"email":"ada@example.com","x":[{}]}`, "")
	f.Add(uint8(3), `{"number":"+1 202 555 0147"}`, "a=%zz")
	f.Add(uint8(4), "", "limit=-1&cursor=MTIz")
	f.Add(uint8(5), "", "cursor=\x00&status=open")
	f.Add(uint8(6), "\xff", "limit=99999999999999999999")
	f.Add(uint8(2), `[[[[[[[[[`, "")
	f.Add(uint8(8), `{"tier":"ai_secretary","success_path":"//evil.example"}`, "")
	f.Add(uint8(9), `{"tier":"ai_cto","at":"0000-00-00T00:00:00Z"}`, "")
	f.Add(uint8(10), `{"limit":"99999999999999999999.9","mode":"soft"}`, "")
	f.Add(uint8(11), `{"return_path":"/\\evil.example"}`, "")
	f.Add(uint8(12), "", "cursor=zzzzzzzzzzzzzzzz_in_1&limit=0")
	handler, token := fuzzed(f)
	routes := []struct{ method, path string }{
		{"POST", "/auth/verify-email"}, {"POST", "/auth/reset-password"}, {"POST", "/auth/forgot-password"}, {"POST", "/api/phones"},
		{"GET", "/api/messages"}, {"GET", "/api/tasks"}, {"GET", "/api/memory/facts"}, {"DELETE", "/api/phones/x"},
		{"POST", "/billing/checkout"}, {"POST", "/billing/change"}, {"PUT", "/billing/spending-cap"}, {"POST", "/billing/portal"}, {"GET", "/billing/invoices"},
	}
	f.Fuzz(func(t *testing.T, n uint8, body, query string) {
		to := routes[int(n)%len(routes)]
		r := httptest.NewRequest(to.method, to.path, strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusNoContent {
			return
		}
		var said struct {
			Code   string
			Detail string
			Errors []struct{ Location string }
		}
		err := json.Unmarshal(w.Body.Bytes(), &said)
		// The payment service here never says anything that makes sense.
		if err != nil || w.Code >= 500 && said.Code != "payments_unavailable" {
			t.Fatalf("%s %s?%s %q: got %d %s", to.method, to.path, query, body, w.Code, w.Body)
		}
		if w.Code >= 400 && (said.Code == "" || said.Detail == "" || w.Header().Get("Content-Type") != "application/problem+json") {
			t.Fatalf("%s %s?%s %q: the problem does not say what it is: %d %s", to.method, to.path, query, body, w.Code, w.Body)
		}
		if said.Code == "invalid_request" && len(said.Errors) == 0 {
			t.Fatalf("%s %s?%s %q: no field is named: %s", to.method, to.path, query, body, w.Body)
		}
	})
}

// fuzzed is the product on a database of its own, and somebody who is signed in.
func fuzzed(f *testing.F) (http.Handler, string) {
	cfg, err := ConfigFrom(func(name string) string {
		return map[string]string{
			"BASE_URL": "https://xswarm.ai", "JWT_SECRET": strings.Repeat("s", 32), "SENDGRID_API_KEY": "SG.x",
			"TWILIO_ACCOUNT_SID": countedSID, "TWILIO_AUTH_TOKEN": countedToken, "TWILIO_PHONE_NUMBER": "+18335550100",
			"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": countedHook,
		}[name]
	})
	if err != nil {
		f.Fatal(err)
	}
	a, err := New(cfg, Deps{Engine: storetest.EmbeddedEngine(f), Transport: &vendors{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		f.Fatal(err)
	}
	const password = "correct horse battery"
	if _, err := a.Accounts.Create(f.Context(), account.NewUser{Email: "ada@example.com", Password: password, Verified: true}); err != nil {
		f.Fatal(err)
	}
	w := httptest.NewRecorder()
	in := httptest.NewRequest("POST", "/auth/login", strings.NewReader(`{"email":"ada@example.com","password":"`+password+`"}`))
	in.Header.Set("Content-Type", "application/json")
	a.Handler.ServeHTTP(w, in)
	var session struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &session); err != nil || session.Token == "" {
		f.Fatalf("sign in: got %d %s", w.Code, w.Body)
	}
	return a.Handler, session.Token
}

// Whatever the environment says, the configuration can be used, or every problem has
// a sentence, and none repeats a secret.
func FuzzSettingsAreUsedOrRefused(f *testing.F) {
	names := Names()
	f.Add("BASE_URL=https://xswarm.ai\nXSWARM_ENV=production\nJWT_SECRET=short-secret")
	f.Add("TRUSTED_PROXIES=10.0.0.0/8,nonsense\nPASSWORD_ITERATIONS=-1")
	f.Add("XSWARM_DB_KEY=not-a-key-at-all\nTWILIO_ACCOUNT_SID=AC0\nSENDGRID_API_KEY=off")
	f.Add("XSWARM_ADDR=:::\nBASE_URL=//[\nFROM_EMAIL=x\nTURSO_DATABASE_URL=libsql://a?authToken=secret-secret")
	f.Fuzz(func(t *testing.T, file string) {
		env := map[string]string{}
		for line := range strings.Lines(file) {
			if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
				env[name] = value
			}
		}
		c, err := from(env)
		if err != nil {
			var problems *ConfigError
			if !errors.As(err, &problems) || len(problems.Problems) == 0 {
				t.Fatalf("got %v", err)
			}
			for _, name := range names {
				secret := strings.Contains(name, "SECRET") || strings.Contains(name, "TOKEN") || strings.Contains(name, "KEY")
				if v := strings.TrimSpace(env[name]); secret && len(v) >= 8 && !strings.Contains(file, v+v) && strings.Count(file, v) == 1 && strings.Contains(err.Error(), v) {
					t.Fatalf("%s is in the error: %v", name, err)
				}
			}
			return
		}
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("BASE_URL was taken as %q", c.BaseURL)
		}
		if n := len(c.DatabaseKey()); n != 0 && n != 32 {
			t.Fatalf("the database's key has %d bytes", n)
		}
		if n := len(c.JWTSecret); n != 0 && n < 32 {
			t.Fatalf("JWT_SECRET has %d bytes", n)
		}
		if len(c.Proxies()) != len(c.TrustedProxies) {
			t.Fatalf("of TRUSTED_PROXIES %q count %v", c.TrustedProxies, c.Proxies())
		}
	})
}

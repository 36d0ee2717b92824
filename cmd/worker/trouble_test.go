//go:build linux

package worker_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMissingOrWrongBindingsAreNamedInTheLogOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		bindings map[string]string
		log      []string
	}{
		"none": {nil, []string{"TURSO_DATABASE_URL", "JWT_SECRET", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"}},
		"in production": {map[string]string{"XSWARM_ENV": "production", "BASE_URL": "https://xswarm.example"},
			[]string{"TURSO_DATABASE_URL", "JWT_SECRET", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"}},
		"too many rounds": {with(quiet(nowhere), "PASSWORD_ITERATIONS", "600000"), []string{"PASSWORD_ITERATIONS"}},
		"a wrong address": {with(quiet(nowhere), "TURSO_DATABASE_URL", "wss://hunter2.example"), []string{"TURSO_DATABASE_URL"}},
		"a short secret":  {with(quiet(nowhere), "JWT_SECRET", "hunter2"), []string{"JWT_SECRET"}},
	} {
		t.Run(name, func(t *testing.T) {
			bindings := map[string]string{}
			for k, v := range tc.bindings {
				bindings[k] = v
			}
			w := startWorker(t, bindings)
			for _, path := range []string{"/healthz", "/", "/auth/me"} {
				a := do(t, "GET", w.url+path, "")
				if a.StatusCode != 500 || !strings.Contains(a.body, `"not_configured"`) || a.Header.Get("X-Request-ID") == "" {
					t.Errorf("%s: got %d %s", path, a.StatusCode, a.body)
				}
				for _, word := range append(tc.log, "hunter2") {
					if strings.Contains(a.body, word) {
						t.Errorf("%s tells strangers of %s", path, word)
					}
				}
			}
			w.event(t) // there is nothing to do, and nothing breaks
			log := w.said.String()
			for _, word := range tc.log {
				if strings.Count(log, word) != 1 {
					t.Errorf("%s is in the log %d times, want once", word, strings.Count(log, word))
				}
			}
			if strings.Contains(log, "hunter2") {
				t.Error("a value is in the log")
			}
		})
	}
}

// A database in trouble: what it does with a request.
var troubles = map[string]http.HandlerFunc{
	"401": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
	"429": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) },
	"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
	"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
	"an answer that is cut": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte(`{"baton":null,"results":[{"type":"ok"`))
		panic(http.ErrAbortHandler)
	},
	"no answer":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"another one": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>welcome to the hotel</html>")) },
}

func TestADatabaseInTroubleIsA503AndLeavesNothingHalf(t *testing.T) {
	turso := migrated(t)
	var trouble atomic.Pointer[http.HandlerFunc]
	w := startWorker(t, quiet(proxied(t, turso, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f := trouble.Load(); f != nil {
				(*f)(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	})))
	signUp := func() answered {
		return do(t, "POST", w.url+"/auth/signup", `{"email":"ada@example.com","password":"`+password+`"}`, "Content-Type", "application/json")
	}
	for name, f := range troubles {
		trouble.Store(&f)
		a := signUp()
		if a.StatusCode != 503 || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
		w.event(t) // a tick fails, and that is all
		trouble.Store(nil)
		if a := do(t, "GET", w.url+"/readyz", ""); a.StatusCode != 200 {
			t.Errorf("after %s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	if users := command(t, settingsOf(turso), "user", "list"); strings.Contains(users, "ada@") {
		t.Errorf("somebody was signed up:\n%s", users)
	}
	if a := signUp(); a.StatusCode != 201 {
		t.Errorf("at last: got %d %s", a.StatusCode, a.body)
	}
	if strings.Contains(w.said.String(), "given up") {
		t.Error("an instance was given up")
	}
}

func TestADatabaseThatIsNotThereIsA503(t *testing.T) {
	w := startWorker(t, quiet(nowhere))
	start := time.Now()
	if a := do(t, "GET", w.url+"/readyz", ""); a.StatusCode != 503 || !strings.Contains(a.body, "database_unavailable") {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if a := do(t, "GET", w.url+"/healthz", ""); a.StatusCode != 200 {
		t.Errorf("/healthz: got %d after %s", a.StatusCode, time.Since(start))
	}
}

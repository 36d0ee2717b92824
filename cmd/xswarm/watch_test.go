package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// look asks for the metrics at an address.
func look(t *testing.T, base string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", base+metricsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	r.Close = true
	res, err := new(http.Transport).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTheMetricsTellWhatWasDoneAndNotForWhom(t *testing.T) {
	s := start(t, t.TempDir())
	c, phone, number := s.target.Owner(t)
	c.Ask(phone, number, "add water the plants")
	c.Do("POST", "/auth/login", map[string]string{"email": "nobody@example.com", "password": "wrong password"})
	c.Do("GET", "/api/phones/phn_01h00000000000000000000000", nil)
	status, got := look(t, s.target.BaseURL, nil)
	if status != 200 {
		t.Fatalf("got %d", status)
	}
	for _, line := range []string{
		"\nxswarm_http_requests_total{method=\"POST\",route=\"/webhooks/twilio/sms\",status=\"2xx\"}",
		"\nxswarm_signins_total{outcome=\"ok\"} 1\n", "\nxswarm_signins_total{outcome=\"wrong\"} 1\n",
		"\nxswarm_job_attempts_total{kind=\"phone.answer\",outcome=\"done\"} 1\n", "\nxswarm_jobs{kind=\"account.housekeeping\",state=\"queued\"} 1\n",
		"\nxswarm_handed_over_total{channel=\"text\",outcome=\"accepted\"}", "\nxswarm_handed_over_total{channel=\"mail\",outcome=\"accepted\"}",
		"\nxswarm_database_up 1\n", "\nxswarm_database_commits_total ", "\nxswarm_oldest_due_job_seconds ", "\ngo_goroutines ", "\nprocess_resident_memory_bytes ",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is not in\n%s", line, got)
		}
	}
	for _, secret := range []string{phone[2:], number[2:], "@example.com", "usr_", "phn_", "water"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
}

func TestTheMetricsAreForThisMachineOrTheirOwnAddress(t *testing.T) {
	s := start(t, t.TempDir())
	for name, change := range map[string]func(*http.Request){
		"another name": func(r *http.Request) { r.Host = "xswarm.example" },
		"a proxy":      func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") },
	} {
		if status, got := look(t, s.target.BaseURL, change); status != 404 || strings.Contains(got, "xswarm_") {
			t.Errorf("%s: got %d %.100s", name, status, got)
		}
	}

	address := apptest.FreePort(t)
	apart := start(t, t.TempDir(), "XSWARM_METRICS_ADDR="+address)
	if status, got := look(t, "http://"+address, func(r *http.Request) { r.Host = "prometheus.example" }); status != 200 || !strings.Contains(got, "xswarm_build_info") {
		t.Errorf("at their own address: got %d %.100s", status, got)
	}
	if status, _ := look(t, apart.target.BaseURL, nil); status != 404 {
		t.Errorf("at the server's: got %d", status)
	}
	if status := apart.stop(); status != 0 {
		t.Errorf("got exit status %d\n%s", status, apart.stderr)
	}
	taken := newInstallation(t, "XSWARM_ADDR=127.0.0.1:0", "XSWARM_METRICS_ADDR="+strings.TrimPrefix(s.target.BaseURL, "http://"))
	taken.refused("XSWARM_METRICS_ADDR", "serve")
}

func TestInProductionTheMetricsNeedAnAddressOfTheirOwn(t *testing.T) {
	for env, want := range map[string]int{"production": 404, "development": 200} {
		cfg := app.Config{Env: env}
		w, err := newWatch(&program{ctx: t.Context(), log: slog.New(slog.DiscardHandler)}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		h := w.before(cfg, &app.App{Store: store.New(storetest.EmbeddedEngine(t), time.Now), Now: time.Now}, http.NotFoundHandler())
		r := httptest.NewRequest("GET", metricsPath, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:4711", "127.0.0.1:8787" // as a proxy on this machine sends it
		a := httptest.NewRecorder()
		h.ServeHTTP(a, r)
		if a.Code != want {
			t.Errorf("%s: got %d, want %d", env, a.Code, want)
		}
	}
}

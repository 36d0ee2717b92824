package httpkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
)

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func TestEveryKindOfFaultHasAStatus(t *testing.T) {
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if s := Status(k); s < 400 || http.StatusText(s) == "" {
			t.Errorf("kind %d: got status %d", k, s)
		}
	}
}

func TestAFaultIsToldAndItsCauseIsNot(t *testing.T) {
	var log bytes.Buffer
	w := httptest.NewRecorder()
	err := fault.New(fault.Unavailable, "busy", "Try again.").After(1500 * time.Millisecond).With(errors.New("secret cause"))
	WriteProblem(w, httptest.NewRequest("GET", "/", nil), logTo(&log), err)

	if w.Code != 503 || w.Header().Get("Retry-After") != "2" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d, headers %v", w.Code, w.Header())
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != "busy" || p.Detail != "Try again." || p.Status != 503 {
		t.Errorf("got %s (%v)", w.Body, err)
	}
	if strings.Contains(w.Body.String(), "secret cause") {
		t.Error("the cause was told")
	}
	if !strings.Contains(log.String(), "secret cause") {
		t.Errorf("the cause is not in the log: %s", &log)
	}
}

func TestAnUnknownErrorIsAnsweredNeutrally(t *testing.T) {
	w := httptest.NewRecorder()
	WriteProblem(w, httptest.NewRequest("GET", "/", nil), slog.New(slog.DiscardHandler), errors.New("dial tcp 10.0.0.1: refused"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "10.0.0.1") || !strings.Contains(w.Body.String(), `"code":"internal"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestAPanicIsAnsweredAndNoted(t *testing.T) {
	var log bytes.Buffer
	h := Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }), Identify, Recover(logTo(&log)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	id := w.Header().Get("X-Request-ID")
	if w.Code != 500 || id == "" {
		t.Errorf("got %d, request id %q", w.Code, id)
	}
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), id) {
		t.Errorf("the log lacks the panic or the id: %s", &log)
	}
}

func TestAPanicAfterTheAnswerBeganCutsIt(t *testing.T) {
	h := Recover(slog.New(slog.DiscardHandler))(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("half"))
		panic("boom")
	}))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("got panic %v, want http.ErrAbortHandler", p)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestTheLogHoldsTheRouteAndNeverThePath(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reset/{token}", func(http.ResponseWriter, *http.Request) {})
	h := Wrap(mux, Identify, Deadline(time.Minute), Log(logTo(&log)), Harden(true))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/reset/s3cret?also=s3cret", nil))
	if !strings.Contains(log.String(), "GET /reset/{token}") || strings.Contains(log.String(), "s3cret") {
		t.Errorf("got %s", &log)
	}
}

func TestAMethodThatThereIsNotIsNoWordForTheLog(t *testing.T) {
	var log bytes.Buffer
	h := Log(logTo(&log))(http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("S3CRET", "/", nil))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("DELETE", "/", nil))
	if got := log.String(); strings.Contains(got, "S3CRET") || !strings.Contains(got, "other") || !strings.Contains(got, "DELETE") {
		t.Errorf("got %s", got)
	}
}

func TestOnlyThisMachineIsLocal(t *testing.T) {
	for _, tc := range []struct {
		name, peer, host, forwarded string
		want                        bool
	}{
		{name: "this machine", peer: "127.0.0.1:4711", host: "localhost:8787", want: true},
		{name: "this machine by IPv6", peer: "[::1]:4711", host: "[::1]:8787", want: true},
		{name: "the network", peer: "192.0.2.7:4711", host: "localhost:8787"},
		{name: "a site that points its name here", peer: "127.0.0.1:4711", host: "localhost.evil.example"},
		{name: "a tunnel", peer: "127.0.0.1:4711", host: "localhost:8787", forwarded: "192.0.2.7"},
		{name: "no peer", peer: "nonsense", host: "localhost"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr, r.Host = tc.peer, tc.host
			if tc.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tc.forwarded)
			}
			if got := Local(r); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestAClientsOwnRequestIDIsNotTakenOver(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-ID", "forged")
	Identify(http.NotFoundHandler()).ServeHTTP(w, r)
	if got := w.Header().Get("X-Request-ID"); got == "forged" || len(got) < 20 {
		t.Errorf("got %q", got)
	}
}

func TestClient(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"a peer is itself", "192.0.2.1:5000", nil, "192.0.2.1"},
		{"a stranger's header does not count", "192.0.2.1:5000", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a trusted proxy's does", "10.0.0.1:5000", []string{"198.51.100.7"}, "198.51.100.7"},
		{"what the client wrote before it does not", "10.0.0.1:5000", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"through two proxies", "10.0.0.1:5000", []string{"198.51.100.7", "10.9.9.9"}, "198.51.100.7"},
		{"nonsense stops the search", "10.0.0.1:5000", []string{"198.51.100.7, evil"}, "10.0.0.1"},
		{"an IPv4 peer in IPv6 clothes", "[::ffff:10.0.0.1]:5000", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			for _, f := range c.forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
			if got := Client(trusted)(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

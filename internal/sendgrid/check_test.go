package sendgrid

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheckSaysWhatTheKeyLacks(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		answer string
		want   string // "" if all is well
	}{
		{name: "a key that may send", status: 200, answer: `{"scopes":["alerts.read","mail.send"]}`},
		{name: "a key that may not", status: 200, answer: `{"scopes":["alerts.read"]}`, want: "mail.send"},
		{name: "a revoked key", status: 401, answer: `{"errors":[{"message":"authorization required","field":null}]}`, want: "check SENDGRID_API_KEY"},
		{name: "trouble there", status: 503, answer: "busy", want: "status 503"},
		{name: "no answer of theirs", status: 200, answer: "<html>", want: "cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "GET" || r.URL.Path != "/v3/scopes" || r.Header.Get("Authorization") != "Bearer SG.key" {
					t.Errorf("asked %s %s", r.Method, r.URL.Path)
				}
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.answer)
			}))
			defer srv.Close()
			err := New(Options{APIKey: "SG.key", BaseURL: srv.URL, Transport: &http.Transport{}}).Check(t.Context())
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "SG.key") {
				t.Errorf("the key is in %v", err)
			}
		})
	}
}

func TestCheckWithoutAConnectionSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := New(Options{APIKey: "SG.key", BaseURL: "http://127.0.0.1:1", Transport: &http.Transport{}}).Check(ctx)
	if err == nil || !strings.Contains(err.Error(), "not reached") {
		t.Errorf("got %v", err)
	}
}

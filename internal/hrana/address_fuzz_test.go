package hrana

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// An address that is taken leads to the pipeline by HTTP, without what does not
// belong there.
func FuzzAddressesLeadToThePipeline(f *testing.F) {
	for _, s := range []string{"libsql://x.turso.io", "http://127.0.0.1:8080/", "libsql://x?tls=0", "https://user:secret@x", "libsql://x?authToken=secret", "https://x/%2e%2e/y#z", "://", "HTTPS://X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := endpointOf(raw)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !strings.HasSuffix(u.Path, "/v2/pipeline") ||
			u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			t.Fatalf("%q leads to %q, %v", raw, got, err)
		}
	})
}

// Whatever a server says instead of an answer, it is sorted, the time to come back is
// bounded, and a page or a token is not repeated.
func FuzzRefusalsAreSorted(f *testing.F) {
	f.Add(401, `{"error":"Unauthorized"}`, "")
	f.Add(429, "", "7")
	f.Add(503, "<html>", "-1")
	f.Add(500, `{"message":"\ud800"}`, "99999999999999999999")
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		if status < 100 || status > 999 || status == http.StatusOK {
			return
		}
		resp := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}}
		err := refused(resp, said([]byte(body)))
		if err == nil || err.Error() == "" {
			t.Fatalf("%d is no error", status)
		}
		if strings.HasPrefix(body, "<") && strings.Contains(err.Error(), body) {
			t.Fatalf("%d: the page is in the error: %v", status, err)
		}
		if d := retryAfter(resp); d < 0 || d > time.Hour {
			t.Fatalf("Retry-After %q is %s", after, d)
		}
	})
}

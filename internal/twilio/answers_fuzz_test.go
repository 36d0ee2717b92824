package twilio_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/twilio"
)

// answering is a transport that gives one answer to everything.
type answering struct {
	status int
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}

// Whatever Twilio answers, a text was accepted under an id, or refused with a code,
// or it is not known; and no number that Twilio quotes is repeated.
func FuzzAnswersToATextAreUnderstoodOrUnknown(f *testing.F) {
	f.Add(201, `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","num_segments":"1"}`)
	f.Add(400, `{"code":21610,"message":"Attempt to send to unsubscribed recipient +12025559999","status":400}`)
	f.Add(429, `{"code":20429}`)
	f.Add(201, `{"sid":null}`)
	f.Add(200, `<html>`)
	f.Add(500, ``)
	f.Add(404, `{"code":"x"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c := twilio.New(twilio.Options{
			AccountSID: accountSID, AuthToken: authToken, BaseURL: "http://127.0.0.1/vendors/twilio",
			Transport: answering{status, body}, CallbackBase: callback,
		})
		r, err := c.SendText(context.Background(), phone.Outgoing{ID: "msg_1", From: "+18335550100", To: "+12025550147", Body: "hello"})
		if err == nil {
			if status >= 300 || !strings.Contains(body, r.SID) || r.SID == "" || r.State == "" {
				t.Fatalf("%d %q: got %+v", status, body, r)
			}
			return
		}
		var refusal *phone.Refusal
		if errors.As(err, &refusal) && (status < 400 || refusal.Code == "") {
			t.Fatalf("%d %q is a refusal: %+v", status, body, refusal)
		}
		if status < 300 && !errors.Is(err, phone.ErrUnknown) {
			t.Fatalf("%d %q: got %v; it may have been accepted", status, body, err)
		}
		if strings.Contains(err.Error(), "2025559999") {
			t.Fatalf("a number is in the error: %v", err)
		}
		if _, err := c.FindTexts(context.Background(), "+18335550100", "+12025550147", "hello", time.Unix(0, 0)); err != nil && strings.Contains(err.Error(), "2025559999") {
			t.Fatalf("a number is in the error: %v", err)
		}
	})
}

package twilio_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestCheckSaysWhatIsWrongWithTheAccount(t *testing.T) {
	const number = "+18335550100"
	for _, tc := range []struct {
		name   string
		status int
		answer string
		want   string // "" if all is well
	}{
		{name: "its number", status: 200, answer: `{"incoming_phone_numbers":[{"sid":"PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","phone_number":"+18335550100"}]}`},
		{name: "a longer number", status: 200, answer: `{"incoming_phone_numbers":[{"phone_number":"+183355501001"}]}`, want: "TWILIO_PHONE_NUMBER"},
		{name: "no numbers", status: 200, answer: `{"incoming_phone_numbers":[]}`, want: "TWILIO_PHONE_NUMBER"},
		{name: "a wrong token", status: 401, answer: `{"code":20003,"message":"Authenticate","status":401}`, want: "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"},
		{name: "trouble there", status: 503, answer: `{"code":20503,"message":"busy","status":503}`, want: "status 503"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := newClient(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.answer)
			})
			err := c.Check(t.Context(), number)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), number) {
				t.Errorf("the number is in %v", err)
			}
			if got := s.only(t); got.method != "GET" || got.query.Get("PhoneNumber") != number {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

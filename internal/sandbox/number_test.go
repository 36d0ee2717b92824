package sandbox

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v1"
)

func (w *world) search(change func(*api.ListAvailablePhoneNumberTollFreeParams)) []string {
	w.t.Helper()
	p := &api.ListAvailablePhoneNumberTollFreeParams{}
	p.SetLimit(3)
	if change != nil {
		change(p)
	}
	list, err := w.api().ListAvailablePhoneNumberTollFree("US", p)
	if err != nil {
		w.t.Fatalf("search: %v", err)
	}
	var out []string
	for _, n := range list {
		out = append(out, *n.PhoneNumber)
	}
	return out
}

func (w *world) buy(number string) (*api.ApiV2010IncomingPhoneNumber, error) {
	p := &api.CreateIncomingPhoneNumberParams{}
	p.SetPhoneNumber(number)
	p.SetFriendlyName("usr_1")
	p.SetSmsUrl(w.product.URL + "/webhooks/twilio/sms")
	return w.api().CreateIncomingPhoneNumber(p)
}

func TestANumberIsFoundBoughtListedChangedAndReleased(t *testing.T) {
	w := newWorld(t)
	found := w.search(nil)
	if got, want := strings.Join(found, " "), "+18335550100 +18335550101 +18335550102"; got != want {
		t.Fatalf("on sale: got %s, want %s", got, want)
	}
	n, err := w.buy(found[0])
	if err != nil {
		t.Fatalf("buy: %v", err)
	}
	if *n.PhoneNumber != found[0] || *n.FriendlyName != "usr_1" || !strings.HasPrefix(*n.Sid, "PN") || len(*n.Sid) != 34 || !n.Capabilities.Sms {
		t.Errorf("got %+v, want the number", *n)
	}
	if got := w.search(nil)[0]; got != found[1] {
		t.Errorf("still on sale: got %s, want %s", got, found[1])
	}
	p := &api.ListIncomingPhoneNumberParams{}
	p.SetFriendlyName("usr_1")
	p.SetLimit(10)
	list, err := w.api().ListIncomingPhoneNumber(p)
	if err != nil || len(list) != 1 || *list[0].Sid != *n.Sid {
		t.Errorf("list: got %v, %v, want the one", list, err)
	}
	u := &api.UpdateIncomingPhoneNumberParams{}
	u.SetSmsUrl("https://example.com/sms")
	if _, err := w.api().UpdateIncomingPhoneNumber(*n.Sid, u); err != nil {
		t.Fatalf("update: %v", err)
	}
	got, err := w.api().FetchIncomingPhoneNumber(*n.Sid, &api.FetchIncomingPhoneNumberParams{})
	if err != nil || *got.SmsUrl != "https://example.com/sms" || *got.FriendlyName != "usr_1" {
		t.Errorf("fetch: got %+v, %v, want the new address and the old name", got, err)
	}
	if err := w.api().DeleteIncomingPhoneNumber(*n.Sid, &api.DeleteIncomingPhoneNumberParams{}); err != nil {
		t.Fatalf("release: %v", err)
	}
	if got := w.search(nil)[0]; got != found[0] {
		t.Errorf("on sale again: got %s, want %s", got, found[0])
	}
}

func TestANumberThatCannotBeHadIsRefused(t *testing.T) {
	w := newWorld(t)
	if _, err := w.buy("+18335550100"); err != nil {
		t.Fatal(err)
	}
	for number, code := range map[string]int{
		"+18335550100": 21422, // taken
		testShared:     21422,
		"+14155550100": 21422, // nobody sells it
		"833555":       21421,
	} {
		_, err := w.buy(number)
		var got *client.TwilioRestError
		if !errors.As(err, &got) || got.Code != code {
			t.Errorf("%s: got %v, want %d", number, err, code)
		}
	}
	p := &api.UpdateIncomingPhoneNumberParams{}
	p.SetSmsUrl("nowhere")
	list, err := w.api().ListIncomingPhoneNumber(&api.ListIncomingPhoneNumberParams{})
	if err != nil {
		t.Fatal(err)
	}
	var got *client.TwilioRestError
	if _, err := w.api().UpdateIncomingPhoneNumber(*list[0].Sid, p); !errors.As(err, &got) || got.Code != 21402 {
		t.Errorf("a bad address: got %v, want 21402", err)
	}
	if _, err := w.api().FetchIncomingPhoneNumber("PN"+strings.Repeat("0", 32), &api.FetchIncomingPhoneNumberParams{}); !errors.As(err, &got) || got.Code != 20404 {
		t.Errorf("another number: got %v, want 20404", err)
	}
}

func TestSearchesAreFiltered(t *testing.T) {
	w := newWorld(t)
	for want, change := range map[string]func(*api.ListAvailablePhoneNumberTollFreeParams){
		"+18335550777 +18335551777 +18335552777": func(p *api.ListAvailablePhoneNumberTollFreeParams) { p.SetContains("5**777") },
		"+18335550100 +18335550101 +18335550102": func(p *api.ListAvailablePhoneNumberTollFreeParams) { p.SetAreaCode(833) },
		"":                                       func(p *api.ListAvailablePhoneNumberTollFreeParams) { p.SetAreaCode(800) },
	} {
		if got := strings.Join(w.search(change), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestANumberIsVerifiedUnlessSomebodySaysOtherwise(t *testing.T) {
	w := newWorld(t)
	n, err := w.buy("+18335550100")
	if err != nil {
		t.Fatal(err)
	}
	status := func() string {
		t.Helper()
		p := &messaging.ListTollfreeVerificationParams{}
		p.SetTollfreePhoneNumberSid(*n.Sid)
		p.SetLimit(5)
		list, err := w.messaging().ListTollfreeVerification(p)
		if err != nil || len(list) != 1 {
			t.Fatalf("got %d and %v, want one verification", len(list), err)
		}
		one, err := w.messaging().FetchTollfreeVerification(*list[0].Sid)
		if err != nil || *one.Status != *list[0].Status || *one.TollfreePhoneNumberSid != *n.Sid {
			t.Errorf("fetch: got %+v, %v, want the same", one, err)
		}
		return *list[0].Status
	}
	if got := status(); got != "TWILIO_APPROVED" {
		t.Errorf("at first: got %s, want TWILIO_APPROVED", got)
	}
	code, _ := w.call("POST", "/sandbox/api/numbers/%2B18335550100", `{"verification":"TWILIO_REJECTED"}`)
	if code != http.StatusOK {
		t.Fatalf("set: got %d, want 200", code)
	}
	if got := status(); got != "TWILIO_REJECTED" {
		t.Errorf("then: got %s, want TWILIO_REJECTED", got)
	}
	if code, _ := w.call("POST", "/sandbox/api/numbers/%2B18335550100", `{"verification":"maybe"}`); code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown state: got %d, want 422", code)
	}
	if code, _ := w.call("POST", "/sandbox/api/numbers/%2B18335550155", `{"verification":"IN_REVIEW"}`); code != http.StatusNotFound {
		t.Errorf("an unknown number: got %d, want 404", code)
	}
	if v := w.Violations(); len(v) != 0 {
		t.Errorf("violations: got %v, want none", v)
	}
}

package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

func TestATextGoesThroughItsStatesAndAnnouncesThemSigned(t *testing.T) {
	w := newWorld(t)
	m := w.mustText(ada, "Your code is 123456")
	if got := *m.Status; got != "queued" {
		t.Errorf("status: got %q, want queued", got)
	}
	w.pass(0)
	if got, want := states(w.product.heard()), "queued"; got != want {
		t.Errorf("at once: got %q, want %q", got, want)
	}
	w.pass(10 * time.Second)
	heard := w.product.heard()
	if got, want := states(heard), "sent delivered"; got != want {
		t.Errorf("later: got %q, want %q", got, want)
	}
	for _, h := range heard {
		if !h.valid {
			t.Errorf("%s: the signature is not valid", h.form.Get("MessageStatus"))
		}
		if h.path != "/webhooks/twilio/status?message=msg_1" {
			t.Errorf("path: got %q, want the callback with its query", h.path)
		}
		if h.token == "" || h.form.Get("MessageSid") != *m.Sid || h.form.Get("AccountSid") != testSID || h.form.Get("To") != ada {
			t.Errorf("got token %q and %v, want the text's", h.token, h.form)
		}
	}
	got, err := w.api().FetchMessage(*m.Sid, &api.FetchMessageParams{})
	if err != nil {
		t.Fatalf("FetchMessage: %v", err)
	}
	if *got.Status != "delivered" || *got.NumSegments != "1" || *got.Price != "-0.00790" || *got.DateSent == "" {
		t.Errorf("got %+v, want delivered, one segment, its price and when it was sent", *got)
	}
}

func TestAMessageLooksAsInTheOfficialDescription(t *testing.T) {
	w := newWorld(t)
	m := w.mustText(ada, "Hello")
	path := "/sandbox/vendors/twilio/2010-04-01/Accounts/" + testSID + "/Messages/" + *m.Sid + ".json"
	status, got := w.request("GET", path, basic(testToken), "", "")
	if status != http.StatusOK {
		t.Fatalf("got %d, want 200", status)
	}
	want := map[string]string{
		"account_sid": testSID, "api_version": "2010-04-01", "body": "Hello", "direction": "outbound-api",
		"date_created": "Sun, 22 Nov 2026 09:00:00 +0000", "date_updated": "Sun, 22 Nov 2026 09:00:00 +0000", "date_sent": "<nil>",
		"error_code": "<nil>", "error_message": "<nil>", "from": testShared, "to": ada, "messaging_service_sid": "<nil>",
		"num_media": "0", "num_segments": "1", "price": "<nil>", "price_unit": "USD", "sid": *m.Sid, "status": "queued",
		"subresource_uris": "map[media:/2010-04-01/Accounts/" + testSID + "/Messages/" + *m.Sid + "/Media.json]",
		"uri":              "/2010-04-01/Accounts/" + testSID + "/Messages/" + *m.Sid + ".json",
	}
	for name, value := range want {
		if fmt.Sprint(got[name]) != value {
			t.Errorf("%s: got %v, want %s", name, got[name], value)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not in the description", name)
		}
	}
}

func TestTwilioRefusesTextsAsTheVendorDoes(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Receive(Incoming{From: "+12025550177", To: testShared, Body: "STOP"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, from, to, body string
		code                 int
	}{
		{"no recipient", testShared, "", "x", 21604},
		{"recipient without a plus", testShared, "2025550101", "x", 21211},
		{"recipient not in the plan", testShared, "+11025550101", "x", 21211},
		{"no sender", "", ada, "x", 21603},
		{"bad sender", "123", ada, "x", 21212},
		{"sender of somebody else", "+18335550198", ada, "x", 21606},
		{"to itself", testShared, testShared, "x", 21266},
		{"no body", testShared, ada, "", 21602},
		{"too long", testShared, ada, strings.Repeat("x", 1601), 21617},
		{"opted out", testShared, "+12025550177", "x", 21610},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &api.CreateMessageParams{}
			for set, v := range map[*string]string{&c.from: c.from, &c.to: c.to, &c.body: c.body} {
				if v == "" {
					continue
				}
				switch set {
				case &c.from:
					p.SetFrom(v)
				case &c.to:
					p.SetTo(v)
				case &c.body:
					p.SetBody(v)
				}
			}
			_, err := w.api().CreateMessage(p)
			var got *client.TwilioRestError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a TwilioRestError", err)
			}
			if got.Code != c.code || got.Status != http.StatusBadRequest || got.Message == "" ||
				got.MoreInfo != "https://www.twilio.com/docs/errors/"+strconv.Itoa(c.code) {
				t.Errorf("got %+v, want code %d", got, c.code)
			}
		})
	}
	for _, text := range w.Texts() {
		if text.Direction == "outbound-api" {
			t.Errorf("got %+v, want no text stored", text)
		}
	}
}

func basic(token string) string {
	r, _ := http.NewRequest("GET", "/", nil)
	r.SetBasicAuth(testSID, token)
	return r.Header.Get("Authorization")
}

func TestTwilioWantsTheAccountsCredentials(t *testing.T) {
	w := newWorld(t)
	_, err := api.NewApiServiceWithClient(w.twilioClient("wrong")).ListMessage(&api.ListMessageParams{})
	var got *client.TwilioRestError
	if !errors.As(err, &got) || got.Code != 20003 || got.Status != http.StatusUnauthorized {
		t.Errorf("a wrong token: got %v, want 20003", err)
	}
	status, body := w.request("GET", "/sandbox/vendors/twilio/2010-04-01/Accounts/AC"+strings.Repeat("0", 32)+"/Messages.json", basic(testToken), "", "")
	if status != http.StatusUnauthorized || body["code"] != 20003.0 {
		t.Errorf("another account: got %d %v, want 401 20003", status, body)
	}
	_, err = w.api().FetchMessage("SM"+strings.Repeat("0", 32), &api.FetchMessageParams{})
	if !errors.As(err, &got) || got.Code != 20404 || got.Status != http.StatusNotFound {
		t.Errorf("an unknown text: got %v, want 20404", err)
	}
	status, body = w.request("GET", "/sandbox/vendors/twilio/2010-04-01/Nowhere", basic(testToken), "", "")
	if status != http.StatusNotFound || body["code"] != 20404.0 {
		t.Errorf("an unknown path: got %d %v, want 404 20404", status, body)
	}
}

func TestAFormIsTheOnlyBodyThatTwilioReads(t *testing.T) {
	w := newWorld(t)
	path := "/sandbox/vendors/twilio/2010-04-01/Accounts/" + testSID + "/Messages.json"
	status, body := w.request("POST", path, basic(testToken), "application/json", `{"To":"+12025550101"}`)
	if status != http.StatusBadRequest || body["code"] != 21604.0 {
		t.Errorf("got %d %v, want 400 21604: the JSON is not seen", status, body)
	}
}

func TestMessagesAreListedNewestFirstInPagesAndFiltered(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.mustText(ada, "text "+strconv.Itoa(i))
		w.pass(time.Minute)
	}
	w.mustText("+12025550102", "for somebody else")
	p := &api.ListMessageParams{}
	p.SetTo(ada)
	p.SetPageSize(2)
	p.SetLimit(100)
	list, err := w.api().ListMessage(p)
	if err != nil {
		t.Fatalf("ListMessage: %v", err)
	}
	var got []string
	for _, m := range list {
		got = append(got, *m.Body)
	}
	if want := "text 4,text 3,text 2,text 1,text 0"; strings.Join(got, ",") != want {
		t.Errorf("got %v, want %s, over three pages", got, want)
	}
	p = &api.ListMessageParams{}
	p.SetFrom(testShared)
	p.SetDateSentAfter(time.Date(2026, 11, 22, 9, 3, 0, 0, time.UTC))
	p.SetLimit(100)
	if list, err = w.api().ListMessage(p); err != nil || len(list) != 3 {
		t.Errorf("since 9:03: got %d and %v, want 3", len(list), err)
	}
	status, body := w.request("GET", "/sandbox/vendors/twilio/2010-04-01/Accounts/"+testSID+"/Messages.json?PageSize=2&Page=1", basic(testToken), "", "")
	if status != 200 || body["page"] != 1.0 || body["page_size"] != 2.0 || body["start"] != 2.0 || body["end"] != 3.0 ||
		body["next_page_uri"] == nil || body["previous_page_uri"] == nil || body["first_page_uri"] == nil || len(body["messages"].([]any)) != 2 {
		t.Errorf("got %d %v, want the second page with its links", status, body)
	}
	status, body = w.request("GET", "/sandbox/vendors/twilio/2010-04-01/Accounts/"+testSID+"/Messages.json?DateSent=yesterday", basic(testToken), "", "")
	if status != http.StatusBadRequest || body["code"] != 20001.0 {
		t.Errorf("a bad date: got %d %v, want 400", status, body)
	}
}

func TestTextsFromAnUnverifiedTollFreeNumberAreBlocked(t *testing.T) {
	w := newWorld(t)
	if err := w.SetVerification(testShared, "PENDING_REVIEW"); err != nil {
		t.Fatal(err)
	}
	m := w.mustText(ada, "Hello")
	w.pass(10 * time.Second)
	heard := w.product.heard()
	if got := states(heard); got != "queued undelivered" {
		t.Fatalf("got %q, want queued undelivered", got)
	}
	if got := heard[1].form.Get("ErrorCode"); got != "30032" || !heard[1].valid {
		t.Errorf("got code %q, valid %v, want 30032, signed", got, heard[1].valid)
	}
	got, err := w.api().FetchMessage(*m.Sid, &api.FetchMessageParams{})
	if err != nil || *got.Status != "undelivered" || *got.ErrorCode != 30032 {
		t.Errorf("got %+v, %v, want undelivered with 30032", got, err)
	}
	if m, err := w.text(testShared, "+4915112345678", "abroad"); err != nil {
		t.Error(err)
	} else {
		w.pass(10 * time.Second)
		if got, _ := w.api().FetchMessage(*m.Sid, &api.FetchMessageParams{}); *got.Status != "delivered" {
			t.Errorf("abroad: got %s, want delivered", *got.Status)
		}
	}
}

func TestAParameterThatTheDescriptionDoesNotNameIsAViolation(t *testing.T) {
	w := newWorld(t)
	path := "/sandbox/vendors/twilio/2010-04-01/Accounts/" + testSID + "/Messages.json"
	form := "To=%2B12025550101&From=%2B18335550199&Body=x&Colour=blue"
	if status, body := w.request("POST", path, basic(testToken), "application/x-www-form-urlencoded", form); status != http.StatusCreated {
		t.Fatalf("got %d %v, want 201", status, body)
	}
	got := map[string]string{}
	for _, v := range w.Violations() {
		got[v.Field] = v.Vendor + " " + v.Operation + ": " + v.Problem
	}
	want := map[string]string{
		"Colour": "twilio messages.create: is not in the description",
	}
	for field, problem := range want {
		if got[field] != problem {
			t.Errorf("%s: got %q, want %q", field, got[field], problem)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want one", got)
	}
}

func TestAValueThatTheDescriptionDoesNotAllowIsRefusedAndNoted(t *testing.T) {
	w := newWorld(t)
	path := "/sandbox/vendors/twilio/2010-04-01/Accounts/" + testSID + "/Messages.json"
	form := "To=%2B12025550101&From=%2B18335550199&Body=x&ValidityPeriod=soon"
	status, body := w.request("POST", path, basic(testToken), "application/x-www-form-urlencoded", form)
	if status != http.StatusBadRequest || body["code"] != 20001.0 {
		t.Errorf("got %d %v, want 400 with the code 20001", status, body)
	}
	if v := w.Violations(); len(v) != 1 || v[0].Field != "ValidityPeriod" || v[0].Problem != "is not a whole number" {
		t.Errorf("noted %v, want ValidityPeriod", v)
	}
	if got := w.Texts(); len(got) != 0 {
		t.Errorf("%d texts were sent, want none", len(got))
	}
}

func TestSegmentsAreCountedAsTheNetworkDoes(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"nothing", "", 1},
		{"plain, full", strings.Repeat("a", 160), 1},
		{"plain, one more", strings.Repeat("a", 161), 2},
		{"plain, two full", strings.Repeat("a", 306), 2},
		{"plain, three", strings.Repeat("a", 307), 3},
		{"extension counts twice", strings.Repeat("€", 80), 1},
		{"extension, one more", strings.Repeat("€", 81), 2},
		{"extension is not split", strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3},
		{"other alphabet, full", strings.Repeat("я", 70), 1},
		{"other alphabet, one more", strings.Repeat("я", 71), 2},
		{"one character changes it", strings.Repeat("a", 70) + "я", 2},
		{"emoji", strings.Repeat("😀", 35), 1},
		{"emoji is not split", strings.Repeat("😀", 67), 3},
	} {
		if got := segments(c.body); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
)

func (w *world) order(fault string) {
	w.t.Helper()
	if status, body := w.call("POST", "/sandbox/api/faults", fault); status != http.StatusCreated {
		w.t.Fatalf("order %s: got %d %v, want 201", fault, status, body)
	}
}

func TestOrderedErrorsBefallSoManyRequestsAndNoMore(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"twilio","operation":"messages.create","next":2,"kind":"429"}`)
	for i := range 2 {
		_, err := w.text(testShared, ada, "x")
		var got *client.TwilioRestError
		if !errors.As(err, &got) || got.Status != 429 || got.Code != 20429 {
			t.Errorf("%d: got %v, want 429 20429", i, err)
		}
	}
	w.mustText(ada, "x")
	if n := len(w.Texts()); n != 1 {
		t.Errorf("got %d texts, want 1", n)
	}
	w.order(`{"vendor":"twilio","next":1,"kind":"500"}`)
	var got *client.TwilioRestError
	if _, err := w.text(testShared, ada, "x"); !errors.As(err, &got) || got.Status != 500 {
		t.Errorf("got %v, want a 500 that the library can read", err)
	}
	w.order(`{"vendor":"twilio","next":1,"kind":"503"}`)
	if _, err := w.text(testShared, ada, "x"); err == nil || errors.As(err, &got) && got.Status == 503 {
		t.Errorf("got %v, want the balancer's page, which the library cannot read", err)
	}
}

func TestATooManyRequestsSaysWhenToComeBack(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"sendgrid","next":1,"kind":"429"}`)
	res := w.mail(aLetter())
	if res.StatusCode != 429 || len(res.Headers["Retry-After"]) != 1 || !strings.Contains(res.Body, "too many requests") {
		t.Errorf("got %d %v %s, want 429 with Retry-After", res.StatusCode, res.Headers, res.Body)
	}
	w.order(`{"vendor":"sendgrid","next":1,"kind":"503"}`)
	if res := w.mail(aLetter()); res.StatusCode != 503 || !strings.Contains(res.Body, `"errors"`) {
		t.Errorf("got %d %s, want 503 in SendGrid's shape", res.StatusCode, res.Body)
	}
	if n := len(w.Mails()); n != 0 {
		t.Errorf("got %d mails, want none", n)
	}
}

func TestATimeoutAnswersNothing(t *testing.T) {
	for kind, mails := range map[string]int{"timeout": 0, "timeout_after_commit": 1} {
		w := newWorld(t)
		w.order(`{"vendor":"sendgrid","operation":"mail.send","next":1,"kind":"` + kind + `","delay_ms":1}`)
		if _, err := w.mailWith(context.Background(), testKey, aLetter()); err == nil {
			t.Errorf("%s: got an answer, want a cut connection", kind)
		}
		if n := len(w.Mails()); n != mails {
			t.Errorf("%s: got %d mails, want %d", kind, n, mails)
		}
		if res := w.mail(aLetter()); res.StatusCode != http.StatusAccepted {
			t.Errorf("%s: the next one got %d, want 202", kind, res.StatusCode)
		}
	}
}

func TestAHangingRequestEndsWithItsClientAndWithTheSandbox(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"sendgrid","next":2,"kind":"timeout"}`)
	topics, leave := w.feed.subscribe()
	defer leave()
	taken := func() { // returns when the next request hangs
		for topic := range topics {
			if topic == "faults" {
				return
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		taken()
		cancel()
	}()
	if _, err := w.mailWith(ctx, testKey, aLetter()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the client's own end", err)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		taken()
		w.Close()
	}()
	if _, err := w.mailWith(t.Context(), testKey, aLetter()); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the connection cut by the sandbox's end", err)
	}
	<-closed // it writes to the test's folder
}

func TestALateAnswerIsTheRightOne(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"sendgrid","next":1,"kind":"delay","delay_ms":1}`)
	if res := w.mail(aLetter()); res.StatusCode != http.StatusAccepted || len(w.Mails()) != 1 || len(w.Faults()) != 0 {
		t.Errorf("got %d, %d mails, faults %v, want 202, one mail and the fault used up", res.StatusCode, len(w.Mails()), w.Faults())
	}
	w.order(`{"vendor":"sendgrid","next":1,"kind":"delay","delay_ms":600000}`)
	topics, leave := w.feed.subscribe()
	defer leave()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for topic := range topics {
			if topic == "faults" { // it waits now
				cancel()
				return
			}
		}
	}()
	if _, err := w.mailWith(ctx, testKey, aLetter()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want no answer before its time", err)
	}
}

func TestALateWebhookIsNotOvertaken(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"twilio","operation":"webhook.status","next":1,"kind":"delay","delay_ms":60000}`)
	w.mustText(ada, "x")
	w.pass(50 * time.Second)
	if heard := w.product.heard(); len(heard) != 0 {
		t.Errorf("got %q, want nothing yet", states(heard))
	}
	w.pass(20 * time.Second)
	if got, want := states(w.product.heard()), "queued sent delivered"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestADelayOfRequestsIsNotOneOfWebhooks(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"twilio","next":1,"kind":"delay","delay_ms":600000}`)
	w.receive("hello")
	w.pass(0)
	if heard := w.product.heard(); len(heard) != 1 || len(w.Faults()) != 1 {
		t.Errorf("got %+v and %v, want the webhook at once, and the fault still to come", heard, w.Faults())
	}
	w.CancelFaults()
	w.order(`{"vendor":"twilio","operation":"webhook.any","next":2,"kind":"delay","delay_ms":60000}`)
	w.mustText(ada, "not delayed itself")
	w.receive("hello")
	w.pass(time.Second)
	if heard := w.product.heard(); len(heard) != 0 || len(w.Faults()) != 0 {
		t.Errorf("got %+v and %v, want both webhooks late", heard, w.Faults())
	}
}

func TestAFaultIsCancelledByItselfOrWithAllOthers(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.order(`{"vendor":"sendgrid","next":5,"kind":"503"}`)
	}
	first := w.data("/sandbox/api/faults")[0]["id"].(string)
	if status, _ := w.call("DELETE", "/sandbox/api/faults/"+first, ""); status != http.StatusNoContent {
		t.Fatalf("got %d, want 204", status)
	}
	if status, body := w.call("DELETE", "/sandbox/api/faults/"+first, ""); status != http.StatusNotFound || body["code"] != "not_found" {
		t.Errorf("twice: got %d %v, want 404", status, body)
	}
	if n := len(w.Faults()); n != 2 {
		t.Errorf("got %d faults, want the two others", n)
	}
	if status, _ := w.call("DELETE", "/sandbox/api/faults", ""); status != http.StatusNoContent || len(w.Faults()) != 0 {
		t.Errorf("all: got %d with %d left, want 204 and none", status, len(w.Faults()))
	}
	if res := w.mail(aLetter()); res.StatusCode != http.StatusAccepted {
		t.Errorf("got %d, want fair weather", res.StatusCode)
	}
}

func TestAsManyFaultsAsAreKeptCanBeOrderedAndNoMore(t *testing.T) {
	w := newWorld(t)
	f := Fault{Vendor: "twilio", Kind: "500", Next: 1}
	for range keep {
		if _, err := w.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	status, body := w.call("POST", "/sandbox/api/faults", `{"vendor":"twilio","next":1,"kind":"500"}`)
	if status != http.StatusConflict || body["code"] != "too_many_faults" {
		t.Errorf("got %d %v, want 409", status, body)
	}
}

func TestThePageOffersOnlyWhatCanBeOrdered(t *testing.T) {
	w := newWorld(t)
	for _, f := range faultForms() {
		for _, target := range f.targets {
			for _, kind := range f.kinds {
				form := url.Values{"what": {target.value}, "kind": {kind}, "next": {"2"}, "delay_ms": {"7"}}
				if status, to, _ := w.post("/sandbox/faults", form); status != http.StatusSeeOther || to != "/sandbox/faults?done=ordered" {
					t.Errorf("%q %s: got %d to %q, want 303", target.value, kind, status, to)
				}
				if name, words := faultWords(kind); name == "" || words == "" || target.words == "" {
					t.Errorf("%q %s: the page has no words for it", target.value, kind)
				}
				if n := len(w.Faults()); n > keep-10 { // Stripe has more operations than faults can be ordered
					w.CancelFaults()
				}
			}
		}
	}
	_, _, page := w.page("/sandbox/faults")
	for _, f := range w.Faults() {
		if !strings.Contains(page, `action="/sandbox/faults/`+f.ID+`/cancel"`) || operationWords(f.Operation) == "" {
			t.Errorf("%+v cannot be cancelled, or has no name", f)
		}
	}
}

func TestADrillIsOneClickAndSoIsItsEnd(t *testing.T) {
	w := newWorld(t)
	for _, d := range drills {
		if status, to, _ := w.post("/sandbox/drills/"+d.key, nil); status != http.StatusSeeOther || to != "/sandbox/faults?done=ordered" {
			t.Errorf("%s: got %d to %q, want 303", d.key, status, to)
		}
		got := w.Faults()[len(w.Faults())-1]
		if got.ID = ""; got != d.fault {
			t.Errorf("%s: got %+v, want %+v", d.key, got, d.fault)
		}
	}
	if status, _, _ := w.post("/sandbox/drills/earthquake", nil); status != http.StatusNotFound {
		t.Errorf("an unknown drill: got %d, want 404", status)
	}
	first := w.Faults()[0].ID
	if status, to, _ := w.post("/sandbox/faults/"+first+"/cancel", nil); status != http.StatusSeeOther || to != "/sandbox/faults?done=cancelled" {
		t.Errorf("cancel: got %d to %q, want 303", status, to)
	}
	if status, _, body := w.post("/sandbox/faults/"+first+"/cancel", nil); status != http.StatusNotFound || !strings.Contains(body, "There is no such fault") {
		t.Errorf("cancel twice: got %d, want 404 and why", status)
	}
	if status, to, _ := w.post("/sandbox/faults/cancel", nil); status != http.StatusSeeOther || to != "/sandbox/faults?done=cancelled_all" || len(w.Faults()) != 0 {
		t.Errorf("cancel all: got %d to %q with %d left, want 303 and none", status, to, len(w.Faults()))
	}
	if _, _, body := w.page("/sandbox/faults"); !strings.Contains(body, "Fair weather") || strings.Contains(body, "Cancel all") {
		t.Error("the page does not say that nothing is ordered")
	}
}

func TestWebhooksAreDoubledReorderedAndDroppedOnRequest(t *testing.T) {
	w := newWorld(t)
	w.order(`{"vendor":"twilio","operation":"webhook.status","next":1,"kind":"reorder","delay_ms":60000}`)
	w.mustText(ada, "x")
	w.pass(time.Second)
	w.pass(time.Minute)
	if got, want := states(w.product.heard()), "sent delivered queued"; got != want {
		t.Errorf("reorder: got %q, want %q", got, want)
	}

	w.order(`{"vendor":"twilio","operation":"webhook.sms","next":1,"kind":"duplicate"}`)
	w.receive("hello")
	w.pass(0)
	heard := w.product.heard()
	if len(heard) != 2 || heard[0].token != heard[1].token || heard[0].form.Get("MessageSid") != heard[1].form.Get("MessageSid") || !heard[1].valid {
		t.Errorf("duplicate: got %+v, want the same twice", heard)
	}

	w.order(`{"vendor":"twilio","operation":"webhook.sms","next":1,"kind":"drop"}`)
	w.receive("lost")
	w.pass(time.Hour)
	if heard := w.product.heard(); len(heard) != 0 {
		t.Errorf("drop: got %+v, want nothing", heard)
	}
	if d := w.lastWebhook(); d.State != hookDropped {
		t.Errorf("drop: got %s, want dropped", d.State)
	}
}

func TestAFaultThatCannotBeIsRefusedByName(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`{"vendor":"acme","next":1,"kind":"429"}`:                                       "body.vendor",
		`{"vendor":"twilio","operation":"calls.create","next":1,"kind":"429"}`:          "body.operation",
		`{"vendor":"twilio","next":1,"kind":"418"}`:                                     "body.kind",
		`{"vendor":"sendgrid","next":1,"kind":"drop"}`:                                  "body.kind",
		`{"vendor":"twilio","operation":"webhook.sms","next":1,"kind":"429"}`:           "body.kind",
		`{"vendor":"twilio","operation":"messages.create","next":1,"kind":"duplicate"}`: "body.kind",
		`{"vendor":"twilio","next":0,"kind":"429"}`:                                     "body.next",
		`{"vendor":"twilio","next":1,"kind":"429","delay_ms":-1}`:                       "body.delay_ms",
		`{"vendor":"twilio","next":"one","kind":"429"}`:                                 "body.next",
		`{"id":"FA1","vendor":"twilio","next":1,"kind":"429"}`:                          "body.id",
		`{"vendor":"sendgrid","operation":"webhook.sms","next":1,"kind":"delay"}`:       "body.operation",
	} {
		status, got := w.call("POST", "/sandbox/api/faults", body)
		errs, _ := got["errors"].([]any)
		if status != http.StatusUnprocessableEntity || got["code"] != "invalid_request" || len(errs) != 1 || errs[0].(map[string]any)["location"] != field {
			t.Errorf("%s: got %d %v, want 422 about %s", body, status, got, field)
		}
	}
	if n := len(w.Faults()); n != 0 {
		t.Errorf("got %d faults, want none", n)
	}
}

// Every operation is named where faults are checked.
func TestEveryOperationCanBeOrderedAFault(t *testing.T) {
	w := newWorld(t)
	ordered := 0
	for _, vendor := range faultyVendors {
		for _, op := range operationsOf(vendor) {
			w.order(fmt.Sprintf(`{"vendor":%q,"operation":%q,"next":1,"kind":%q}`, vendor, op, kindsOf(vendor, op)[0]))
			ordered++
		}
	}
	got := w.data("/sandbox/api/faults")
	if len(got) != ordered || ordered < 40 || got[0]["next"] != 1.0 {
		t.Errorf("got %d, want all %d", len(got), ordered)
	}
}

package sandbox

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
)

func TestAMailIsShownWithTheRequestItWasMadeOf(t *testing.T) {
	w := newWorld(t)
	m := aLetter()
	second := sgmail.NewPersonalization()
	second.AddTos(sgmail.NewEmail("", "bob@example.com"))
	m.AddPersonalizations(second)
	w.mail(m)
	sent := string(sgmail.GetRequestBody(m))
	for i, mail := range w.Mails() {
		status, got := w.call("GET", "/sandbox/api/mails/"+mail.ID, "")
		if status != http.StatusOK || got["source"] != sent || got["source_bytes"] != float64(len(sent)) || got["status"] != "delivered" || got["to"].([]any)[0] != mail.To[0] {
			t.Errorf("%d: got %d %v, want the mail and its request", i, status, got)
		}
	}
	if n := len(w.st.Sources); n != 1 {
		t.Errorf("got %d sources, want one of the two mails", n)
	}
	for _, path := range []string{"/sandbox/api/mails/none.0", "/sandbox/mail/none.0", "/sandbox/mail/none"} {
		if status, _, _ := w.page(path); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

func TestALongRequestIsKeptInPart(t *testing.T) {
	w := newWorld(t)
	m := aLetter()
	file := sgmail.NewAttachment()
	file.SetFilename("a.bin")
	file.SetContent(base64.StdEncoding.EncodeToString(make([]byte, maxSource)))
	m.AddAttachment(file)
	w.mail(m)
	_, got := w.call("GET", "/sandbox/api/mails/"+w.Mails()[0].ID, "")
	if len(got["source"].(string)) != maxSource || got["source_bytes"] != float64(len(sgmail.GetRequestBody(m))) {
		t.Errorf("got %d of %v bytes, want %d", len(got["source"].(string)), got["source_bytes"], maxSource)
	}
	if _, _, page := w.page(mailHref(w.Mails()[0].ID)); !strings.Contains(page, "Only its beginning is kept.") || !strings.Contains(page, "a.bin") {
		t.Error("the page does not say that it shows a part only")
	}
}

func TestRequestsAreForgottenWithTheirMails(t *testing.T) {
	w := newWorld(t)
	raw := []byte(strings.Repeat("x", maxSource))
	for i := range keep + 2 {
		id := fmt.Sprint("m", i)
		w.storeMails(id, []Mail{{ID: id + ".0", Subject: id}}, raw)
	}
	mails := w.Mails()
	if len(mails) != keep || len(w.st.Sources) != keepSources {
		t.Errorf("got %d mails and %d sources, want %d and %d", len(mails), len(w.st.Sources), keep, keepSources)
	}
	if _, _, page := w.page(mailHref(mails[0].ID)); !strings.Contains(page, "no longer kept") {
		t.Error("the page of an old mail does not say that its request is gone")
	}
	if last := mails[len(mails)-1]; last.Subject != fmt.Sprint("m", keep+1) || w.source(last).Bytes != maxSource {
		t.Errorf("got %+v, want the newest with its request", last)
	}
	w.Reset()
	if len(w.st.Sources) != 0 {
		t.Error("a reset leaves requests behind")
	}
}

func TestATextIsShownWithItsStatesAndWebhooks(t *testing.T) {
	w := newWorld(t)
	sid := *w.mustText(ada, "Grüße ✓").Sid
	if _, _, page := w.page(textHref(sid)); !strings.Contains(page, "delivered, to come") || !strings.Contains(page, "not known until it is sent") {
		t.Error("before it is sent: the page does not say what is to come")
	}
	w.pass(10 * time.Second)
	status, got := w.call("GET", "/sandbox/api/texts/"+sid, "")
	if status != http.StatusOK || got["encoding"] != "UCS-2" || got["price"] != "-0.00790" || got["error_code"] != nil {
		t.Errorf("got %d %v, want encoding and price", status, got)
	}
	var history, hooks []string
	for _, st := range got["history"].([]any) {
		history = append(history, fmt.Sprint(st.(map[string]any)["status"], " ", st.(map[string]any)["at"]))
	}
	for _, h := range got["webhooks"].([]any) {
		hooks = append(hooks, fmt.Sprint(h.(map[string]any)["params"].(map[string]any)["MessageStatus"], " ", h.(map[string]any)["status"]))
	}
	if got, want := strings.Join(history, ", "), "queued 2026-11-22T09:00:00Z, sending 2026-11-22T09:00:00.1Z, sent 2026-11-22T09:00:00.3Z, delivered 2026-11-22T09:00:00.8Z"; got != want {
		t.Errorf("history: got %s, want %s", got, want)
	}
	if got, want := strings.Join(hooks, ", "), "queued delivered, sent delivered, delivered delivered"; got != want {
		t.Errorf("webhooks: got %s, want %s", got, want)
	}
	for _, path := range []string{"/sandbox/api/texts/SMx", "/sandbox/phone/messages/SMx"} {
		if status, _, _ := w.page(path); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

func TestATextThatIsNotDeliveredSaysWhy(t *testing.T) {
	w := newWorld(t)
	if err := w.SetVerification(testShared, "PENDING_REVIEW"); err != nil {
		t.Fatal(err)
	}
	sid := *w.mustText(ada, "hello").Sid
	w.pass(10 * time.Second)
	for _, path := range []string{textHref(sid), phoneHref(ada, testShared)} {
		if _, _, page := w.page(path); !strings.Contains(page, "Toll-Free Number Has Not Been Verified (30032)") {
			t.Errorf("%s does not say why", path)
		}
	}
	if _, got := w.call("GET", "/sandbox/api/texts/"+sid, ""); got["error_code"] != 30032.0 || got["status"] != "undelivered" {
		t.Errorf("got %v, want undelivered with 30032", got)
	}
}

func TestTheEncodingIsTheAlphabetThatEveryCharacterIsIn(t *testing.T) {
	for body, want := range map[string]string{"": gsm7, "Hello @ 5 £": gsm7, "[€]": gsm7, "’": ucs2, "hello 😀": ucs2, "ç": ucs2, "Ç": gsm7} {
		if got := encoding(body); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
}

func TestABubbleSaysHowFarATextHasCome(t *testing.T) {
	hook := func(state string) map[string]Delivery { return map[string]Delivery{"SM1": {State: state}} }
	for _, c := range []struct {
		text         Text
		hooks        map[string]Delivery
		ticks, words string
	}{
		{Text{Status: "queued"}, nil, "…", "queued"},
		{Text{Status: "sent"}, nil, "✓", "sent"},
		{Text{Status: "delivered"}, nil, "✓✓", "delivered"},
		{Text{Status: "undelivered", ErrorCode: 30032}, nil, lost, "not delivered: Toll-Free Number Has Not Been Verified (30032)"},
		{Text{Status: "failed", ErrorCode: 30003}, nil, lost, "not delivered: error 30003"},
		{Text{Status: "delivered", Network: true}, nil, "", "from the network"},
		{Text{Direction: "inbound"}, nil, "✓", "sent"},
		{Text{Direction: "inbound"}, hook(hookPending), "✓", "sent"},
		{Text{Direction: "inbound"}, hook(hookDelivered), "✓✓", "sent, and heard by xSwarm"},
		{Text{Direction: "inbound"}, hook(hookFailed), lost, "sent, but xSwarm did not take the webhook"},
		{Text{Direction: "inbound"}, hook(hookDropped), lost, "sent, but the webhook was dropped by a fault"},
	} {
		c.text.SID = "SM1"
		if b := bubbleOf(c.text, c.hooks); b.Ticks != c.ticks || b.Words != c.words {
			t.Errorf("%+v: got %q %q, want %q %q", c.text, b.Ticks, b.Words, c.ticks, c.words)
		}
	}
}

func TestConversationsAreThoseOfAPersonAndANumber(t *testing.T) {
	w := newWorld(t)
	w.SetProduct(&aProduct{})
	number := w.search(nil)[0]
	if _, err := w.buy(number); err != nil {
		t.Fatal(err)
	}
	bob := "+12025550102"
	for _, in := range []Incoming{{From: ada, To: testShared, Body: "one"}, {From: bob, To: number, Body: "STOP"}, {From: ada, To: number, Body: "two"}} {
		if _, err := w.Receive(in); err != nil {
			t.Fatal(err)
		}
	}
	p := w.phoneView(&http.Request{}, bob, number)
	var got []string
	for _, c := range p.Talks {
		got = append(got, fmt.Sprint(c.Person[8:], " ", c.Number[8:], " ", c.OptedOut, " ", c.Open))
	}
	want := []string{"0101 0100 false false", "0102 0100 true true", "0101 0199 false false"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	_, _, page := w.page(phoneHref(bob, number))
	if !p.OptedOut || !strings.Contains(page, "This person has sent STOP") || strings.Contains(page, `<p>two</p>`) {
		t.Error("the conversation does not say that it was stopped, or shows another's texts")
	}
	if _, _, page := w.page(phoneHref(ada, number)); strings.Contains(page, "This person has sent STOP") || !strings.Contains(page, "subscribed") {
		t.Error("the other conversation is stopped as well")
	}
}

func TestAPhoneSendsPicturesByTheirAddress(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"from": {ada}, "to": {testShared}, "body": {""}, "media": {" https://example.com/a.png "}}
	if status, _, _ := w.post("/sandbox/phone", form); status != http.StatusSeeOther || !slices.Equal(w.Texts()[0].Media, []string{"https://example.com/a.png"}) {
		t.Fatalf("got %d %+v, want the picture", status, w.Texts())
	}
	if _, _, page := w.page(phoneHref(ada, testShared)); !strings.Contains(page, `<a href="https://example.com/a.png"`) {
		t.Error("the conversation has no link to the picture")
	}
	form.Set("media", "javascript:alert(1)")
	if status, _, page := w.post("/sandbox/phone", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "media must be at most ten absolute") || !strings.Contains(page, `value="javascript:alert(1)"`) || strings.Contains(page, `href="javascript`) {
		t.Errorf("a script: got %d, want 422, and what was typed", status)
	}
}

func TestTheOverviewSaysWhatLeavesThisMachine(t *testing.T) {
	mails := func(m Mode) Carrier {
		return Carrier{Name: "SendGrid", Sends: "mails", Mode: m, Base: "http://127.0.0.1:9"}
	}
	texts := func(m Mode) Carrier { return Carrier{Name: "Twilio", Sends: "texts", Mode: m} }
	const nothing = "Nothing leaves this machine."
	for _, c := range []struct {
		name     string
		carriers []Carrier
		want     string
	}{
		{"all emulated", []Carrier{mails(Emulated), texts(Emulated)}, nothing + " Mails and texts that xSwarm sends end up here"},
		{"no texts", []Carrier{mails(Emulated), texts(Off)}, nothing + " Mails that xSwarm sends end up here"},
		{"real mails", []Carrier{mails(Real), texts(Emulated)}, "Careful: mails leave this machine and reach real people. Texts that xSwarm sends end up here"},
		{"all real", []Carrier{mails(Real), texts(Real)}, "Careful: mails and texts leave this machine and reach real people."},
		{"elsewhere", []Carrier{mails(Elsewhere), texts(Emulated)}, "Mails go to another address than this sandbox’s. Texts that"},
		{"by itself", nil, "This sandbox runs by itself."},
	} {
		w := newWorld(t, func(o *Options) { o.Carriers = c.carriers })
		_, _, page := w.page("/sandbox")
		if !strings.Contains(page, c.want) {
			t.Errorf("%s: %q is missing", c.name, c.want)
		}
		if strings.Contains(page, nothing) != strings.HasPrefix(c.want, nothing) {
			t.Errorf("%s: the page says that nothing leaves this machine, or does not", c.name)
		}
	}
	w := newWorld(t, func(o *Options) { o.Carriers = []Carrier{mails(Elsewhere), texts(Off)} })
	if _, _, page := w.page("/sandbox"); !strings.Contains(page, "Mails go to http://127.0.0.1:9.") || !strings.Contains(page, "Turned off: no texts are sent or taken.") {
		t.Error("the page does not say where each vendor is")
	}
}

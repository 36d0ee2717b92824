package conformance_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/sandbox"
)

// signature signs a webhook anew, as Twilio documents it.
func signature(h conformance.Webhook) string {
	mac := hmac.New(sha1.New, []byte(authToken))
	io.WriteString(mac, h.URL)
	for _, name := range slices.Sorted(maps.Keys(h.Form)) {
		io.WriteString(mac, name+h.Form.Get(name))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// kindOf tells which webhook it is.
func kindOf(h conformance.Webhook) string {
	switch {
	case h.Form.Has("MessageStatus"):
		return conformance.HookStatus
	case h.Form.Has("ErrorUrl"):
		return conformance.HookFallback
	}
	return conformance.HookSMS
}

// hearAll has the emulator tell the product everything that it ever tells.
func hearAll(t *testing.T) []conformance.Webhook {
	t.Helper()
	w := newWorld(t)
	receive := func(in sandbox.Incoming) {
		if _, err := w.Receive(in); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
	}
	for _, body := range append(bodies, "STOP", "START", "HELP") {
		receive(sandbox.Incoming{From: person, To: shared, Body: body})
	}
	receive(sandbox.Incoming{From: "+442071838750", To: shared, Body: "from abroad"})
	media := make([]string, 10)
	for i, ending := range []string{"png", "gif", "mp3", "jpg", "", "png", "png", "png", "png", "png"} {
		media[i] = "https://example.com/a." + ending
	}
	receive(sandbox.Incoming{From: person, To: shared, Body: "look", Media: media})

	w.callAll() // texts that are delivered
	w.pass(2 * time.Second)
	if err := w.SetVerification(shared, "PENDING_REVIEW"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.carrier.SendText(t.Context(), phone.Outgoing{ID: "msg_01k8z3v8zq6r9b3c1d2e3f4g5h", From: shared, To: person, Body: "blocked"}); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Second)
	hooks := w.heard()

	sid := w.Numbers()[0].SID
	w.ask(post(path("IncomingPhoneNumbers/"+sid+".json"), url.Values{"SmsFallbackUrl": {w.product + "/fallback"}}))
	w.answers(http.StatusInternalServerError)
	receive(sandbox.Incoming{From: person, To: shared, Body: "into the fallback"})
	return append(hooks, w.heard()...)
}

func TestTheWebhooksSayWhatTwilioDocuments(t *testing.T) {
	kinds, states := map[string]bool{}, map[string]bool{}
	for _, h := range hearAll(t) {
		kind := kindOf(h)
		kinds[kind] = true
		if kind == conformance.HookStatus {
			states[h.Form.Get("MessageStatus")] = true
		}
		if found := conformance.CheckWebhook(kind, authToken, h); len(found) > 0 {
			t.Errorf("%s to %s:%s\nin %v", kind, h.URL, conformance.List(found), h.Form)
		}
		if strings.Contains(h.URL, "#") {
			t.Errorf("%s: the connection overrides are sent along", h.URL)
		}
	}
	differ(t, "is not told of", map[string]bool{conformance.HookSMS: true, conformance.HookStatus: true, conformance.HookFallback: true}, kinds)
	differ(t, "is not told of", map[string]bool{"queued": true, "sent": true, "delivered": true, "undelivered": true}, states)
}

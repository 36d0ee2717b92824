package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEverythingIsThereAfterARestart(t *testing.T) {
	w := newWorld(t)
	if _, err := w.buy("+18335550100"); err != nil {
		t.Fatal(err)
	}
	w.mail(aLetter())
	w.receive("STOP")
	w.order(`{"vendor":"twilio","operation":"webhook.status","next":3,"kind":"drop"}`)
	if err := w.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	before := w.Clock()()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if got := w.Clock()(); !got.Equal(before) {
		t.Errorf("clock: got %v, want %v", got, before)
	}
	if len(w.Mails()) != 1 || len(w.Texts()) != 2 || len(w.Numbers()) != 2 || len(w.Faults()) != 1 {
		t.Errorf("got %d mails, %d texts, %d numbers, %d faults, want 1, 2, 2, 1", len(w.Mails()), len(w.Texts()), len(w.Numbers()), len(w.Faults()))
	}
	if _, err := w.text(testShared, ada, "x"); err == nil || !strings.Contains(err.Error(), "21610") {
		t.Errorf("got %v, want the opt-out remembered", err)
	}
	w.pass(0) // the webhook that was not delivered before
	if heard := w.product.heard(); len(heard) != 1 || heard[0].form.Get("Body") != "STOP" {
		t.Errorf("got %+v, want the webhook of the STOP", heard)
	}
}

func TestTextsOnTheirWayArriveAfterARestart(t *testing.T) {
	w := newWorld(t)
	w.mustText(ada, "x")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.pass(10 * time.Second)
	if got, want := states(w.product.heard()), "queued sent delivered"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheStateIsForItsOwnerAndABrokenOneIsNamed(t *testing.T) {
	w := newWorld(t)
	w.mail(aLetter())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.options.Dir, "sandbox.json")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v, %v, want mode 0600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(w.options.Dir, ".sandbox-*")); len(left) != 0 {
		t.Errorf("got %v, want nothing left over", left)
	}
	raw, _ := os.ReadFile(file)
	if bytes.Contains(raw, []byte(testToken)) || bytes.Contains(raw, []byte(testKey)) {
		t.Error("the state holds a credential")
	}
	if err := os.WriteFile(file, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(w.options); err == nil || !strings.Contains(err.Error(), "sandbox.json") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestNumbersFollowTheProductToAnotherAddress(t *testing.T) {
	w := newWorld(t)
	if _, err := w.buy("+18335550100"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.options.ProductURL = "http://localhost:9999"
	w.open()
	for _, n := range w.Numbers() {
		if n.SMSURL != "http://localhost:9999/webhooks/twilio/sms" {
			t.Errorf("%s: got %s, want the new address", n.Number, n.SMSURL)
		}
	}
}

func TestListsKeepTheNewest(t *testing.T) {
	w := newWorld(t)
	for i := range keep + 5 {
		if _, err := w.Receive(Incoming{From: ada, To: testShared, Body: fmt.Sprint("text ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	texts := w.Texts()
	if len(texts) != keep || texts[0].Body != "text 5" || len(w.Webhooks()) != keep {
		t.Errorf("got %d texts from %q and %d webhooks, want %d from text 5", len(texts), texts[0].Body, len(w.Webhooks()), keep)
	}
}

func TestTheClockGoesForwardOnlyAndTells(t *testing.T) {
	w := newWorld(t)
	calls := 0
	w.OnClock(func() { calls++ })
	if _, body := w.call("GET", "/sandbox/api/clock", ""); body["now"] != "2026-11-22T09:00:00Z" {
		t.Errorf("got %v, want the real time", body)
	}
	if status, body := w.call("POST", "/sandbox/api/clock", `{"advance":"72h"}`); status != 200 || body["now"] != "2026-11-25T09:00:00Z" {
		t.Errorf("advance: got %d %v, want three days later", status, body)
	}
	if status, body := w.call("POST", "/sandbox/api/clock", `{"to":"2026-11-26T10:00:00+01:00"}`); status != 200 || body["now"] != "2026-11-26T09:00:00Z" {
		t.Errorf("to: got %d %v, want that time", status, body)
	}
	w.real.Add(int64(time.Minute))
	if got, want := w.Clock()(), time.Date(2026, 11, 26, 9, 1, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("a minute later: got %v, want %v", got, want)
	}
	for body, field := range map[string]string{
		`{"advance":"-1h"}`:      "body.advance",
		`{"advance":"0s"}`:       "body.advance",
		`{"advance":"tomorrow"}`: "body.advance",
		`{"advance":"999999h"}`:  "body.advance",
		`{}`:                     "body.advance",
		`{"advance":"1h","to":"2026-12-01T00:00:00Z"}`: "body.advance",
		`{"to":"2026-11-01T00:00:00Z"}`:                "body.to",
		`{"to":"soon"}`:                                "body.to",
		`{"advance":72}`:                               "body.advance",
	} {
		status, got := w.call("POST", "/sandbox/api/clock", body)
		errs, _ := got["errors"].([]any)
		if status != http.StatusUnprocessableEntity || len(errs) != 1 || errs[0].(map[string]any)["location"] != field {
			t.Errorf("%s: got %d %v, want 422 about %s", body, status, got, field)
		}
	}
	if calls != 2 {
		t.Errorf("got %d calls, want one for each move", calls)
	}
}

func TestACommandBesideTheSandboxReadsItsClock(t *testing.T) {
	w := newWorld(t)
	if err := w.Advance(72 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if got, err := Offset(w.options.Dir); err != nil || got != 72*time.Hour {
		t.Errorf("got %v, %v, want 72h", got, err)
	}
	if got, err := Offset(t.TempDir()); err != nil || got != 0 {
		t.Errorf("without a sandbox: got %v, %v, want 0", got, err)
	}
}

func TestDisconnectEndsStreams(t *testing.T) {
	w := newWorld(t)
	res, err := http.Get(w.url + "/sandbox/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	w.Disconnect()
	if _, err := io.ReadAll(res.Body); err != nil { // it ends, or the test does not
		t.Errorf("got %v, want a whole stream", err)
	}
	w.receive("still working")
	if len(w.Texts()) != 1 {
		t.Error("a disconnected sandbox does not work any more")
	}
}

func TestAMovedClockMakesTextsArrive(t *testing.T) {
	w := newWorld(t)
	w.mustText(ada, "x")
	if err := w.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	if got, want := states(w.product.heard()), "queued sent delivered"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestResetKeepsNumbersAndClock(t *testing.T) {
	w := newWorld(t)
	w.mail(aLetter())
	w.receive("STOP")
	w.order(`{"vendor":"twilio","next":1,"kind":"500"}`)
	w.Advance(time.Hour)
	if status, _ := w.call("POST", "/sandbox/api/reset", ""); status != http.StatusNoContent {
		t.Fatalf("got %d, want 204", status)
	}
	if n := len(w.Mails()) + len(w.Texts()) + len(w.Webhooks()) + len(w.Faults()); n != 0 {
		t.Errorf("got %d things left, want none", n)
	}
	if len(w.Numbers()) != 1 || !w.Clock()().After(w.options.Now()) {
		t.Error("the number or the clock was reset")
	}
	w.mustText(ada, "x") // no opt-out any more
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	w := newWorld(t)
	vendor, ok := w.Vendor("twilio")
	if !ok {
		t.Fatal("there is no twilio")
	}
	if _, ok := w.Vendor("acme"); ok {
		t.Error("there is an acme")
	}
	for _, c := range []struct {
		peer, host, header string
		ok                 bool
	}{
		{"127.0.0.1:5000", "localhost:8787", "", true},
		{"127.0.0.1:5000", "127.0.0.1", "", true},
		{"[::1]:5000", "[::1]:8787", "", true},
		{"[::ffff:127.0.0.1]:5000", "localhost", "", true},
		{"192.0.2.7:5000", "localhost:8787", "", false},
		{"127.0.0.1:5000", "xswarm.ai", "", false},
		{"127.0.0.1:5000", "localhost.example.com", "", false},
		{"127.0.0.1:5000", "localhost:8787", "X-Forwarded-For", false},
		{"127.0.0.1:5000", "localhost:8787", "Forwarded", false},
		{"", "localhost", "", false},
	} {
		for name, h := range map[string]http.Handler{"/sandbox/api/clock": w.Handler(), "/v1/Tollfree/Verifications": vendor} {
			r := httptest.NewRequest("GET", name, nil)
			r.RemoteAddr, r.Host = c.peer, c.host
			if c.header != "" {
				r.Header.Set(c.header, "192.0.2.7")
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if got := rec.Code != http.StatusForbidden; got != c.ok {
				t.Errorf("%s from %q to %q with %q: got %d, want let in %v", name, c.peer, c.host, c.header, rec.Code, c.ok)
			}
		}
	}
}

func TestAnotherSiteCannotMakeABrowserActHere(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/sandbox/api/reset", "/sandbox/reset", "/sandbox/clock"} {
		req, _ := http.NewRequest("POST", w.url+path, strings.NewReader(""))
		req.Header.Set("Origin", "https://evil.example")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", path, res.StatusCode)
		}
	}
}

func TestTheControlPlaneRefusesOddBodies(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"an array":      {`[]`, 422},
		"cut off":       {`{"vendor":`, 422},
		"two objects":   {`{} {}`, 422},
		"nothing":       {` `, 422},
		"too large":     {`{"vendor":"` + strings.Repeat("x", 70_000) + `"}`, 413},
		"unknown field": {`{"password":"hunter2"}`, 422},
	} {
		status, got := w.call("POST", "/sandbox/api/faults", c.body)
		if status != c.status {
			t.Errorf("%s: got %d %v, want %d", name, status, got, c.status)
		}
		if strings.Contains(fmt.Sprint(got), "hunter2") {
			t.Errorf("%s: the answer %v repeats the value", name, got)
		}
	}
	status, _ := w.request("POST", "/sandbox/api/faults", "", "text/plain", `{}`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("as text: got %d, want 422", status)
	}
	if status, body := w.call("GET", "/sandbox/api/nothing", ""); status != 404 || body["code"] != "not_found" {
		t.Errorf("an unknown route: got %d %v, want 404", status, body)
	}
}

func TestRunDeliversByItselfAndEndsItsStreams(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Now = time.Now })
	arrived := make(chan string, 16)
	w.product.answers(func(rw http.ResponseWriter, r *http.Request) { arrived <- r.PostForm.Get("MessageStatus") })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(ctx) })
	res, err := http.Get(w.url + "/sandbox/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	w.mustText(ada, "x")
	for _, want := range []string{"queued", "sent", "delivered"} {
		select {
		case got := <-arrived:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s never came", want)
		}
	}
	cancel()
	wg.Wait()
	lines, found := bufio.NewScanner(res.Body), false
	for lines.Scan() { // the stream ends, or the test does not
		found = found || lines.Text() == "data: texts"
	}
	if !found {
		t.Error("the stream never told of the text")
	}
}

func TestANewSandboxWantsItsOptions(t *testing.T) {
	good := newWorld(t).options
	for name, change := range map[string]func(*Options){
		"account": func(o *Options) { o.AccountSID = "AC1" },
		"token":   func(o *Options) { o.AuthToken = "" },
		"key":     func(o *Options) { o.SendGridKey = "" },
		"number":  func(o *Options) { o.SharedNumber = "833" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("without a good %s: got no error", name)
		}
	}
}

// No body, however odd, may be more than refused.
func FuzzControlBody(f *testing.F) {
	f.Add(`{"vendor":"twilio","next":1,"kind":"429"}`)
	f.Add(`{"next":"x"}`)
	f.Add(`{"a":{"b":[}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var fa Fault
		if err := decodeJSON(strings.NewReader(raw), &fa); err != nil {
			return
		}
		if err := fa.check(); err == nil && (fa.Next < 1 || operationsOf(fa.Vendor) == nil) {
			t.Errorf("got %+v accepted", fa)
		}
	})
}

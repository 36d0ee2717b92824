package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/plan"
)

// gate is money that lets nobody use one more, or everybody.
type gate struct {
	Billing
	err   error
	asked []string
}

func (g *gate) Gate(_ context.Context, u account.User, f plan.Feature) error {
	g.asked = append(g.asked, u.ID+" "+string(f))
	return g.err
}

// usedUp is what the gate says to somebody who has all that their plan includes.
func usedUp() error {
	f := fault.New(fault.Upgrade, "upgrade_required", "All 3 are in use.")
	f.Offer = &fault.Offer{Feature: "phone_numbers", Tier: "ai_project_manager", URL: "https://xswarm.ai/app/billing"}
	return f
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestWhoMayNotUseOneMoreIsToldBeforeTheRequestIsRead(t *testing.T) {
	money := &gate{err: usedUp()}
	mux, given := probeGated(t, member(201).needing(plan.PhoneNumbers), nil, money)
	w := send(mux, "/api/phones/x/probe", "application/json", unread{t})
	var p struct {
		Code, Detail string
		Upgrade      *struct{ Feature, URL string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusPaymentRequired || p.Code != "upgrade_required" || p.Detail != "All 3 are in use." ||
		p.Upgrade == nil || p.Upgrade.Feature != "phone_numbers" || p.Upgrade.URL == "" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if given.ID != "" || !slices.Equal(money.asked, []string{"usr_1 phone_numbers"}) {
		t.Errorf("the handler was given %+v; asked %q", given, money.asked)
	}
}

func TestWhoMayUseOneMoreIsServed(t *testing.T) {
	money := &gate{}
	mux, given := probeGated(t, sender(201).needing(plan.SMSMessages), nil, money)
	if w := send(mux, "/api/phones/x/probe", "application/json", strings.NewReader(`{"name":"Ada"}`)); w.Code != 201 || given.ID != "x" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !slices.Equal(money.asked, []string{"usr_1 sms_messages"}) {
		t.Errorf("asked %q", money.asked)
	}
}

func TestWhatNeedsNothingAsksNothing(t *testing.T) {
	money := &gate{err: usedUp()}
	mux, _ := probeGated(t, sender(201), nil, money)
	if w := send(mux, "/api/phones/x/probe", "application/json", strings.NewReader(`{"name":"Ada"}`)); w.Code != 201 || len(money.asked) != 0 {
		t.Errorf("got %d %s, asked %q", w.Code, w.Body, money.asked)
	}
}

// first is keys that nobody has used yet.
type first struct{ kept bool }

func (f *first) Do(_ context.Context, _ once.Request, do func() (once.Answer, error)) (once.Answer, bool, error) {
	a, err := do()
	f.kept = err == nil
	return a, false, err
}

func TestARequestThatUsedTheLastOneIsAnsweredAgain(t *testing.T) {
	keyed := func(mux *http.ServeMux) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/api/phones/x/probe", strings.NewReader(`{"name":"Ada"}`))
		r.Header.Set("Idempotency-Key", "k")
		mux.ServeHTTP(w, r)
		return w
	}
	who := sender(201).needing(plan.PhoneNumbers)
	mux, given := probeGated(t, who, &replay{}, &gate{err: usedUp()})
	if w := keyed(mux); w.Code != 202 || w.Header().Get("Idempotency-Replayed") != "true" || given.ID != "" {
		t.Errorf("again: got %d %s", w.Code, w.Body)
	}
	kept := &first{}
	mux, given = probeGated(t, who, kept, &gate{err: usedUp()})
	if w := keyed(mux); w.Code != http.StatusPaymentRequired || kept.kept || given.ID != "" {
		t.Errorf("for the first time: got %d %s, kept %t", w.Code, w.Body, kept.kept)
	}
}

func TestTheDescriptionSaysWhatNeedsAPlan(t *testing.T) {
	_, d := described(t)
	item := d.Paths["/api/phone-numbers"]
	if r := item.Post.Responses["402"]; r == nil || r.Content["application/problem+json"] == nil {
		t.Error("buying a number is not described to be refused with 402")
	}
	if item.Get.Responses["402"] != nil || d.Paths["/api/phone-numbers/{id}"].Delete.Responses["402"] != nil {
		t.Error("listing numbers or giving one up is described to be refused with 402")
	}
}

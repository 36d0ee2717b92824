package apptest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// bought tells that a plan is bought, known on coming back, and paid for every month
// with what was used, although not one webhook arrives at first.
func bought(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	c.Prove(phone)
	c.Fault("stripe", "webhook.any", "drop", 1000)
	session := c.Order("ai_secretary")
	if again := c.Order("ai_secretary"); again != session {
		t.Errorf("the same order again leads to another page: %s, %s", session, again)
	}
	if _, declined := c.Pays(session, declinedCard); declined == "" {
		t.Error("a declined card pays")
	}
	if s := c.Standing(); s.Tier != "ai_buddy" || s.Source != "free" {
		t.Errorf("after a declined card: got %+v", s)
	}
	back, _ := c.Pays(session, goodCard)
	if a := c.Returns(back); a.Status != 200 || !strings.Contains(a.Body, "AI Secretary") {
		t.Errorf("coming back from paying: got %s", a)
	}
	first := c.Standing()
	if first.Tier != "ai_secretary" || first.Source != "subscription" || first.Status != "active" || first.Pending != nil {
		t.Fatalf("after paying: got %+v", first)
	}
	refused(t, "buying it once more", c.Do("POST", "/billing/checkout", map[string]string{"tier": "ai_project_manager"}), 409, "already_subscribed", "")
	if list := c.Bills(); len(list) != 0 {
		t.Errorf("a bill came though no webhook did: %+v", list)
	}
	c.Want(204, "DELETE", "/sandbox/api/faults", nil, nil)
	c.Advance(time.Hour)
	c.soon("what nobody told to be found", func() bool { return len(c.Bills()) == 1 })
	if b := c.Bills()[0]; b.Total != "40.00" || b.Status != "paid" || b.Due != "0.00" {
		t.Errorf("the first bill: got %+v", b)
	}

	number := c.Number()
	for i := range 3 {
		c.Ask(phone, number, fmt.Sprintf("add errand %d", i))
	}
	c.Eventually("the texts to be counted", func() bool { return c.smsUsed() == 3 })
	c.soon("the texts to be reported", func() bool { return c.metered() == "3" })
	c.later(email, first.Period.End.Sub(c.Now())+2*time.Hour)
	c.soon("the second bill", func() bool { return len(c.Bills()) == 2 })
	second := c.Bills()[0]
	texts := int64(-1)
	for _, l := range second.Lines {
		if strings.Contains(strings.ToLower(l.Description), "text") || strings.Contains(strings.ToLower(l.Description), "sms") {
			texts = max(texts, 0) + l.Quantity
		}
	}
	if second.Total != "40.00" || texts != 3 {
		t.Errorf("the second bill has %d texts: %+v", texts, second)
	}
	if s := c.Standing(); s.Tier != "ai_secretary" || !s.Period.Start.Equal(first.Period.End) || c.smsUsed() != 0 {
		t.Errorf("in the second month: got %+v, %d texts", s, c.smsUsed())
	}
	if n := c.told(email, "welcome to ai secretary"); n > 1 {
		t.Errorf("%d mails bid welcome", n)
	}
}

// quoted is what a change costs, as the API says it beforehand.
type quoted struct {
	Immediate bool
	At        time.Time
	Now       string
	Lost      []struct{ What string }
}

// changed tells that a plan is changed up at once for the price that was said, and
// down, or to nothing, at its period's end.
func changed(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	a := c.Do("POST", "/api/phone-numbers", nil)
	refused(t, "a number on the free plan", a, 402, "upgrade_required", "")
	offers(t, a, "phone_numbers", "ai_buddy", "ai_secretary")
	refused(t, "changing what was not bought", c.Do("POST", "/billing/change", map[string]string{"tier": "ai_secretary"}), 409, "not_subscribed", "")
	refused(t, "cards of somebody who never paid", c.Do("POST", "/billing/portal", nil), 409, "no_customer", "")
	c.Buy("ai_secretary", goodCard)
	c.later(email, 10*24*time.Hour)

	var q quoted
	c.Want(200, "POST", "/billing/preview", map[string]string{"tier": "ai_project_manager"}, &q)
	if !q.Immediate || q.Now == "" || strings.HasPrefix(q.Now, "-") || len(q.Lost) != 0 {
		t.Errorf("a higher plan would be %+v", q)
	}
	if s := c.Standing(); s.Tier != "ai_secretary" {
		t.Errorf("asking for the price changed the plan: %+v", s)
	}
	refused(t, "a quote of another time", c.Do("POST", "/billing/change", map[string]any{"tier": "ai_project_manager", "at": q.At.Add(-time.Hour)}),
		422, "invalid_request", "body.at")
	var s Standing
	c.Want(200, "POST", "/billing/change", map[string]any{"tier": "ai_project_manager", "at": q.At}, &s)
	if s.Tier != "ai_project_manager" || s.Status != "active" || s.Pending != nil {
		t.Errorf("after moving up: got %+v", s)
	}
	c.soon("the bill of the change", func() bool { return len(c.Bills()) >= 2 })
	if b := c.Bills()[0]; b.Total != q.Now || b.Status != "paid" {
		t.Errorf("%s was said, and the bill is %+v", q.Now, b)
	}

	c.Want(200, "POST", "/billing/preview", map[string]string{"tier": "ai_secretary"}, &q)
	if q.Immediate || q.Now != "0.00" || !q.At.Equal(s.Period.End) {
		t.Errorf("a lower plan would be %+v, want it at %s", q, s.Period.End)
	}
	change := func(tier string) (s Standing) {
		t.Helper()
		c.Want(200, "POST", "/billing/change", map[string]string{"tier": tier}, &s)
		return s
	}
	if s = change("ai_secretary"); s.Tier != "ai_project_manager" || s.Pending == nil || s.Pending.Tier != "ai_secretary" || !s.Pending.At.Equal(s.Period.End) {
		t.Errorf("after asking for a lower plan: got %+v", s)
	}
	if s = change("ai_project_manager"); s.Pending != nil {
		t.Errorf("after taking that back: got %+v", s)
	}
	refused(t, "the plan that one is on", c.Do("POST", "/billing/change", map[string]string{"tier": "ai_project_manager"}), 409, "same_plan", "")
	s = change("ai_secretary")
	bills := len(c.Bills())
	c.later(email, s.Period.End.Sub(c.Now())+2*time.Hour)
	c.soon("the lower plan and its bill", func() bool { return c.Standing().Tier == "ai_secretary" && len(c.Bills()) == bills+1 })
	if b := c.Bills()[0]; b.Total != "40.00" {
		t.Errorf("the first month of the lower plan: got %+v", b)
	}

	if s = change("ai_buddy"); !s.Ends || s.Tier != "ai_secretary" || s.Pending == nil || s.Pending.Tier != "ai_buddy" {
		t.Errorf("after cancelling: got %+v", s)
	}
	if s = change("ai_secretary"); s.Ends || s.Pending != nil {
		t.Errorf("after keeping it all the same: got %+v", s)
	}
	s = change("ai_buddy")
	c.later(email, s.Period.End.Sub(c.Now())+2*time.Hour)
	c.soon("the end of the plan", func() bool { s := c.Standing(); return s.Tier == "ai_buddy" && s.Status == "canceled" })
	last := c.Bills()
	for _, b := range last[:len(last)-bills-1] { // the last one is about usage: of none here
		if b.Total != "0.00" {
			t.Errorf("after the end: got %+v", b)
		}
	}
	c.Buy("ai_secretary", goodCard) // they may always come back
}

// owing tells that a plan whose payment failed holds for the grace, then gives
// nothing, and is back at once when it is paid.
func owing(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	c.Prove(phone)
	c.Buy("ai_secretary", goodCard)
	number := c.Number()
	customer := c.customer()
	c.Want(200, "POST", "/sandbox/api/payments/customers/"+customer+"/card", map[string]string{"card": failingCard}, nil)
	c.later(email, c.Standing().Period.End.Sub(c.Now())+2*time.Hour)
	c.soon("the failed payment", func() bool { return c.Standing().Status == "past_due" })
	s := c.Standing()
	if s.Tier != "ai_secretary" || !s.Grace.After(c.Now().Add(48*time.Hour)) {
		t.Errorf("in the grace: got %+v at %s", s, c.Now())
	}
	has(t, c.Ask(phone, number, "add water the plants"), "water the plants")
	c.soon("the owner to be told", func() bool { return c.told(email, "payment") == 1 })
	a := c.Do("POST", "/billing/change", map[string]string{"tier": "ai_project_manager"})
	refused(t, "a higher plan for somebody who owes", a, 402, "payment_required", "")
	offers(t, a, "sms_messages", "ai_secretary", "ai_project_manager")

	c.later(email, s.Grace.Sub(c.Now())+time.Hour)
	c.soon("the plan to be on hold", func() bool { return c.Standing().Tier == "ai_buddy" })
	has(t, c.Ask(phone, number, "what's on my list?"), "payment failed", "/app/billing")
	before := len(c.Texts(phone))
	c.SendText(phone, number, "and now?")
	c.Eventually("the next text to be taken in", func() bool {
		return strings.Contains(c.Do("GET", "/api/messages", nil).Body, "and now?")
	})

	var owed struct{ Data []struct{ ID string } }
	c.Want(200, "GET", "/sandbox/api/payments/invoices?status=open&customer="+customer, nil, &owed)
	if len(owed.Data) != 1 {
		t.Fatalf("%d bills are open, want 1", len(owed.Data))
	}
	c.Want(200, "POST", "/sandbox/api/payments/customers/"+customer+"/card", map[string]string{"card": goodCard}, nil)
	c.Want(200, "POST", "/sandbox/api/payments/invoices/"+owed.Data[0].ID+"/pay", nil, nil)
	c.soon("the plan to be back", func() bool { s := c.Standing(); return s.Tier == "ai_secretary" && s.Status == "active" })
	if got := c.Texts(phone); len(got) != before {
		t.Errorf("told twice: %+v", got[0])
	}
	has(t, c.Ask(phone, number, "what's on my list?"), "water the plants")
}

// offers fails unless a refusal says, for programs, what would help: the cheapest
// plan that includes more of a feature than the one that somebody is on.
func offers(t *testing.T, a Answer, feature, on, plan string) {
	t.Helper()
	var p struct {
		Upgrade *struct {
			Feature, Tier, URL string
			Plans              []struct{ Tier, Name, Price string }
		}
	}
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || p.Upgrade == nil {
		t.Fatalf("nothing is offered: %s", a)
	}
	u := p.Upgrade
	if u.Feature != feature || u.Tier != on || !strings.HasSuffix(u.URL, "/app/billing") || len(u.Plans) == 0 ||
		u.Plans[0].Tier != plan || u.Plans[0].Name == "" || u.Plans[0].Price == "" {
		t.Errorf("the offer is %+v", u)
	}
}

// capped tells how a spending cap is chosen.
func capped(t *testing.T, x Target) {
	type spending struct {
		Limit  *string
		Mode   string
		Chosen bool
	}
	email, _ := somebody(t)
	c := x.Member(t, email)
	set := func(body map[string]any) Answer { return c.Do("PUT", "/billing/spending-cap", body) }
	refused(t, "a cap on what costs nothing", set(map[string]any{"limit": "10"}), 409, "no_overage", "")
	c.Buy("ai_secretary", goodCard)
	is := func(what, limit, mode string, chosen bool) {
		t.Helper()
		var s spending
		c.Want(200, "GET", "/billing/spending-cap", nil, &s)
		if s.Limit == nil || *s.Limit != limit || s.Mode != mode || s.Chosen != chosen {
			raw, _ := json.Marshal(s)
			t.Errorf("%s: got %s", what, raw)
		}
	}
	is("by itself", "80.00", "hard", false)
	for _, bad := range []string{"-1", "1e3", "10,5", "ten", "10.0000001"} {
		refused(t, "the cap "+bad, set(map[string]any{"limit": bad}), 422, "invalid_request", "body.limit")
	}
	is("after what could not be read", "80.00", "hard", false)
	c.Want(200, "PUT", "/billing/spending-cap", map[string]any{"limit": "12.50", "mode": "soft"}, nil)
	is("when it was chosen", "12.50", "soft", true)
	c.Want(200, "PUT", "/billing/spending-cap", map[string]any{"limit": nil}, nil)
	is("when the choice was taken back", "80.00", "hard", false)
}

// unsignedPayment tells that what Stripe has not signed changes nothing.
func unsignedPayment(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	session := c.Order("ai_secretary")
	said := `{"id":"evt_1forged","object":"event","type":"checkout.session.completed","livemode":false,"created":1760000000,"data":{"object":{"id":"` +
		session + `","object":"checkout.session","payment_status":"paid"}}}`
	for name, signature := range map[string]string{
		"without a signature": "", "signed with nothing": "t=1760000000", "signed by somebody else": "t=1760000000,v1=" + strings.Repeat("ab", 32),
	} {
		stranger := x.Client(t)
		if signature != "" {
			stranger.Header = map[string]string{"Stripe-Signature": signature}
		}
		for _, path := range []string{"/webhooks/stripe", "/webhooks/stripe/events"} {
			refused(t, path+" "+name, stranger.Do("POST", path, said), 403, "invalid_signature", "")
		}
	}
	if s := c.Standing(); s.Tier != "ai_buddy" {
		t.Errorf("a forged event gave %+v", s)
	}
}

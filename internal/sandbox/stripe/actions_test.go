package stripe

import (
	"testing"
	"time"
)

func TestTheInspectorSeesAndDoesWhatPeopleDo(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.use(cu, "12.5")
	who, what, meters := s.engine.Customers()[0], s.engine.Subscriptions()[0], s.engine.Meters()[0]
	if who.Email != "ada@example.com" || who.Cards[0].Name != "visa ending in 4242" || !who.Cards[0].Default {
		t.Errorf("got %+v", who)
	}
	if what.Status != "active" || what.Items != "Secretary, Secretary voice" || what.NextInvoice.Format(time.DateTime) != "2026-02-10 12:00:00" || !what.Ends.IsZero() {
		t.Errorf("got %+v", what)
	}
	if len(meters.Usage) != 1 || meters.Usage[0].Value != "12.5" || meters.Usage[0].Customer != cu.ID {
		t.Errorf("got %+v", meters)
	}
	if err := s.engine.FailCard(who.Cards[0].ID, true); err != nil {
		t.Fatal(err)
	}
	s.until("2026-02-10T13:00:00Z")
	in := s.engine.Invoices()[0]
	if in.Status != "open" || in.NextAttempt.IsZero() || in.Attempts != 1 || in.Charge == "" || s.engine.Charges()[0].Failure == "" {
		t.Errorf("got %+v", in)
	}
	if err := s.engine.PayInvoice(in.ID); err == nil {
		t.Error("the card pays though it was told to fail")
	}
	if err := s.engine.FailCard(who.Cards[0].ID, false); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.PayInvoice(in.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.engine.Subscriptions()[0]; got.Status != "active" {
		t.Errorf("got %s", got.Status)
	}
	if err := s.engine.PauseCollection(sub.ID, "void"); err != nil || s.engine.Subscriptions()[0].PauseBehavior != "void" {
		t.Errorf("got %v, %+v", err, s.engine.Subscriptions()[0])
	}
	if err := s.engine.PauseCollection(sub.ID, ""); err != nil || s.engine.Subscriptions()[0].PauseBehavior != "" {
		t.Errorf("got %v", err)
	}
	if err := s.engine.CancelNow(sub.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.engine.Subscriptions()[0]; got.Status != "canceled" || !got.NextInvoice.IsZero() || got.Ends.IsZero() {
		t.Errorf("got %+v", got)
	}
	if len(s.engine.Events()) == 0 || s.engine.Events()[0].Body == nil {
		t.Error("there are no events")
	}
}

func TestTheInspectorIsToldWhatCannotBeDone(t *testing.T) {
	s := newShop(t, "2026-01-10")
	for name, err := range map[string]error{
		"pay": s.engine.PayInvoice("in_none"), "void": s.engine.VoidInvoice("in_none"), "card": s.engine.FailCard("pm_none", true),
		"refund": s.engine.Refund("ch_none", 0), "dispute": s.engine.OpenDispute("ch_none"), "close": s.engine.CloseDispute("du_none", true),
		"pause": s.engine.PauseCollection("sub_none", "void"), "cancel": s.engine.CancelNow("sub_none"),
	} {
		if err == nil {
			t.Errorf("%s of what is not there is done", name)
		}
	}
}

func TestAChangeIsToldWhenTheLockIsFree(t *testing.T) {
	told := 0
	var w *world
	w = newWorld(t, "2026-01-10", func(o *Options) {
		o.Changed = func() {
			told++
			if w != nil {
				w.engine.Customers() // would wait for ever
			}
		}
	})
	w.raw("POST", "/v1/customers", form("name", "Ada"))
	if told != 1 {
		t.Errorf("told %d times of one change", told)
	}
	w.raw("GET", "/v1/customers", "")
	w.engine.CatchUp()
	if told != 1 {
		t.Errorf("told %d times, though nothing else changed", told)
	}
}

package billing_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/plan"
)

func TestAPlanIsBoughtRenewedAndCancelled(t *testing.T) {
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	if w.letters.count("welcome ai_secretary", "ada") != 1 {
		t.Errorf("letters: %v", w.letters.sent)
	}
	w.pass(40 * 24 * time.Hour)
	w.on(u, plan.Secretary)
	if list := w.invoices(u); len(list) != 2 || list[0].Total != 4000 || list[1].Total != 4000 || list[1].Status != "paid" {
		t.Errorf("invoices: %+v", list)
	}
	w.sound()
}

package web

import (
	"testing"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

func TestTheSpendingCapIsShownAsItHolds(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	b := signedIn(t, p)
	a := b.get("/app/billing")
	a.has(t, 200, "Spending cap", "<strong>$80</strong>", "twice the plan’s price", `value="80"`, `value="hard" checked`)
	a.lacks(t, "Back to the plan", `value="soft" checked`, "turned off")
	p.cap = plan.Cap{Limit: 120_500_000, Soft: true, Chosen: true}
	a = b.get("/app/billing")
	a.has(t, 200, "<strong>$120.50</strong>", `value="120.50"`, `value="soft" checked`, "Back to the plan’s own cap, $80")
	a.lacks(t, "twice the plan’s price")
	p.cap = plan.Cap{Chosen: true}
	b.get("/app/billing").has(t, 200, "Extra usage is turned off", `value="0"`)
}

func TestASpendingCapIsChosenAndGivenUp(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	b := signedIn(t, p)
	b.post("/app/billing/cap", "limit", "$1,234.50", "kind", "soft").leads(t, "/app/billing?done=cap-set#cap")
	b.post("/app/billing/cap", "limit", "0", "kind", "hard").leads(t, "/app/billing?done=cap-set#cap")
	b.post("/app/billing/cap", "default", "1").leads(t, "/app/billing?done=cap-default#cap")
	p.was(t, "cap of usr_1 is 1234.50, soft true, chosen true", "cap of usr_1 is 0.00, soft false, chosen true", "cap of usr_1 is 0.00, soft false, chosen false")
	b.get("/app/billing?done=cap-set").has(t, 200, `role="status"`, "Your spending cap is set.")
}

func TestAnAmountThatIsNoneIsNamedAtItsField(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	b := signedIn(t, p)
	for _, typed := range []string{"", "1,5", "-1", "lots", `"><script>`} {
		a := b.post("/app/billing/cap", "limit", typed, "kind", "soft")
		a.has(t, 422, "Problem: ", `<a href="#cap-limit">`, `id="cap-limit-problem"`, "The limit must be an amount of dollars, like 80 or 120.50.", `value="soft" checked`)
		a.lacks(t, "<script>", "Your spending cap is set")
	}
	p.was(t)
	p.err = fault.Body("limit", "must be from 0 to 10000 dollars")
	b.post("/app/billing/cap", "limit", "99999").has(t, 422, "The limit must be from 0 to 10000 dollars.", `value="99999"`)
}

func TestACapThatCannotBeSetSaysWhy(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	p.err = fault.New(fault.Conflict, "no_overage", "There is nothing to cap: AI Buddy never charges for extra usage.")
	signedIn(t, p).post("/app/billing/cap", "limit", "1").has(t, 409, "There is nothing to cap")
	free := newProduct()
	free.on, free.err = true, p.err
	signedIn(t, free).post("/app/billing/cap", "limit", "1").has(t, 409, "There is nothing to cap")
}

package stripe

import "slices"

// schedule is what a subscription will be, phase by phase.
type schedule struct {
	base
	BillingMode     billingMode     `json:"billing_mode"`
	CanceledAt      int64           `json:"canceled_at,omitempty"`
	CompletedAt     int64           `json:"completed_at,omitempty"`
	Current         *currentPhase   `json:"current_phase"`
	Customer        string          `json:"customer"`
	DefaultSettings defaultSettings `json:"default_settings"`
	EndBehavior     string          `json:"end_behavior"`
	Metadata        labels          `json:"metadata"`
	Phases          []*phase        `json:"phases"`
	ReleasedAt      int64           `json:"released_at,omitempty"`
	Released        string          `json:"released_subscription,omitempty"`
	Status          string          `json:"status"`
	Subscription    string          `json:"subscription,omitempty"`
}

type currentPhase struct {
	End   int64 `json:"end_date"`
	Start int64 `json:"start_date"`
}

type defaultSettings struct {
	AutomaticTax struct {
		Enabled   bool     `json:"enabled"`
		Liability *selfRef `json:"liability"`
	} `json:"automatic_tax"`
	Anchor     string      `json:"billing_cycle_anchor"`
	Collection string      `json:"collection_method"`
	Invoices   subInvoices `json:"invoice_settings"`
}

// phase is a time in which the items are the same.
type phase struct {
	AddItems  []struct{}  `json:"add_invoice_items"`
	Currency  string      `json:"currency"`
	Discounts []struct{}  `json:"discounts"`
	End       int64       `json:"end_date"`
	Items     []phaseItem `json:"items"`
	Metadata  labels      `json:"metadata"`
	Proration string      `json:"proration_behavior"`
	Start     int64       `json:"start_date"`
	TrialEnd  int64       `json:"trial_end,omitempty"`
}

type phaseItem struct {
	Discounts []struct{} `json:"discounts"`
	Metadata  labels     `json:"metadata"`
	Price     string     `json:"price"`
	Quantity  *int64     `json:"quantity,omitempty"`
	TaxRates  []struct{} `json:"tax_rates"`
}

// open reports whether a schedule is still at work.
func (sc *schedule) open() bool { return sc.Status == "active" || sc.Status == "not_started" }

// at is the phase of a moment; -1 if there is none.
func (sc *schedule) at(now int64) int {
	return slices.IndexFunc(sc.Phases, func(p *phase) bool { return p.Start <= now && now < p.End })
}

func (e *Engine) newSchedule(customer string) *schedule {
	sc := &schedule{base: e.made(id24("sub_sched_"), "subscription_schedule"), Customer: customer, EndBehavior: "release", Status: "active",
		BillingMode: billingMode{Type: "flexible", Flexible: &flexible{"included"}, UpdatedAt: e.now()}}
	sc.DefaultSettings.Anchor, sc.DefaultSettings.Collection, sc.DefaultSettings.Invoices.Issuer.Type = "automatic", "charge_automatically", "self"
	return sc
}

func (e *Engine) createSchedule(c *call) (any, *apiError) {
	if c.has("from_subscription") {
		return e.scheduleFrom(c)
	}
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return nil, refused
	}
	sc := e.newSchedule(cu.ID)
	sc.Status = "not_started"
	if refused := c.metadata(&sc.Metadata); refused != nil {
		return nil, refused
	}
	c.set("end_behavior", &sc.EndBehavior)
	start := e.now()
	if v := c.str("start_date"); v != "" && v != "now" {
		start = c.int("start_date")
	}
	if sc.Phases, refused = e.readPhases(c.params, start); refused != nil {
		return nil, refused
	}
	if len(sc.Phases) == 0 {
		return nil, required("phases")
	}
	e.st.Schedules.add(sc)
	e.emit("subscription_schedule.created", sc)
	if start <= e.now() {
		e.startSchedule(sc)
	}
	return sc, nil
}

// scheduleFrom puts a subscription under a schedule whose only phase is what it
// is now, until the end of its period.
func (e *Engine) scheduleFrom(c *call) (any, *apiError) {
	id := c.str("from_subscription")
	sub, ok := e.st.Subs.get(id)
	switch {
	case !ok:
		return nil, unknownID("subscription", id, "from_subscription")
	case c.has("phases") || c.has("customer") || c.has("start_date"):
		return nil, bad("from_subscription", "", "You cannot set `customer`, `phases` or `start_date` if `from_subscription` is set.")
	case sub.Schedule != "":
		return nil, bad("from_subscription", "", "You cannot migrate a subscription that is already attached to a schedule: %s", sub.Schedule)
	case sub.over() || sub.Status == "incomplete":
		return nil, bad("from_subscription", "", "You cannot migrate a subscription that is %s.", sub.Status)
	}
	sc := e.newSchedule(sub.Customer)
	sc.BillingMode = sub.BillingMode
	sc.Subscription = sub.ID
	period := sub.period()
	sc.Phases = []*phase{{AddItems: []struct{}{}, Currency: sub.Currency, Discounts: []struct{}{}, Start: period.Start, End: period.End,
		Proration: "create_prorations", Items: itemsOf(sub), TrialEnd: sub.TrialEnd}}
	sc.Current = &currentPhase{period.End, period.Start}
	e.st.Schedules.add(sc)
	before := e.before(sub)
	sub.Schedule = sc.ID
	e.emit("subscription_schedule.created", sc)
	e.updated("customer.subscription.updated", sub, before)
	return sc, nil
}

func itemsOf(sub *subscription) []phaseItem {
	var out []phaseItem
	for _, it := range sub.Items.Data {
		out = append(out, phaseItem{[]struct{}{}, it.Metadata, it.Price.ID, it.Quantity, []struct{}{}})
	}
	return out
}

// readPhases reads the phases of a request, of which the first begins at a
// moment unless it says otherwise.
func (e *Engine) readPhases(p params, start int64) ([]*phase, *apiError) {
	var out []*phase
	for _, in := range p.list("phases") {
		ph := &phase{AddItems: []struct{}{}, Discounts: []struct{}{}, Start: start, Proration: in.or("proration_behavior", "create_prorations")}
		if v := in.str("start_date"); v != "" && v != "now" {
			ph.Start = in.int("start_date")
		} else if v == "now" {
			ph.Start = e.now()
		}
		items, refused := e.readItems(in)
		if refused != nil {
			return nil, refused
		}
		for _, it := range items {
			ph.Items = append(ph.Items, phaseItem{[]struct{}{}, it.metadata, it.price.ID, it.quantity, []struct{}{}})
		}
		ph.Currency = items[0].price.Currency
		if refused := in.metadata(&ph.Metadata); refused != nil {
			return nil, refused
		}
		if ph.End, refused = phaseEnd(in, ph.Start, items[0].price.Recurring); refused != nil {
			return nil, refused
		}
		if in.flag("trial") {
			ph.TrialEnd = ph.End
		}
		out = append(out, ph)
		start = ph.End
	}
	return out, nil
}

// phaseEnd reads when a phase ends: at a moment, or after so long. Without either
// it is one period of its prices.
func phaseEnd(in params, start int64, rhythm *recurring) (int64, *apiError) {
	switch {
	case in.str("end_date") == "now":
		return 0, bad(in.name("end_date"), "", "The end of a phase cannot be now.")
	case in.has("end_date"):
		end := in.int("end_date")
		if end <= start {
			return 0, bad(in.name("end_date"), "", "The phase end date must be after its start date.")
		}
		return end, nil
	case in.isObject("duration"):
		d := in.sub("duration")
		r := recurring{Interval: d.str("interval"), Count: 1}
		d.setInt("interval_count", &r.Count)
		return r.boundary(start, 1), nil
	}
	return rhythm.boundary(start, 1), nil
}

func (e *Engine) theSchedule(c *call) (*schedule, *apiError) {
	if sc, ok := e.st.Schedules.get(c.id); ok {
		return sc, nil
	}
	return nil, missing("subscription schedule", c.id, "schedule")
}

func (e *Engine) getSchedule(c *call) (any, *apiError) {
	sc, refused := e.theSchedule(c)
	if refused != nil {
		return nil, refused
	}
	return sc, nil
}

func (e *Engine) listSchedules(c *call) (any, *apiError) {
	c.filters("customer", "created", "canceled_at", "scheduled")
	return page(c, "subscription schedule", "/v1/subscription_schedules", e.st.Schedules.where(func(sc *schedule) bool {
		return c.is("customer", sc.Customer) && c.inTime("created", sc.Created) && c.inTime("canceled_at", sc.CanceledAt) &&
			(!c.has("scheduled") || c.flag("scheduled") == (sc.Status == "not_started"))
	}))
}

func (e *Engine) updateSchedule(c *call) (any, *apiError) {
	sc, refused := e.theSchedule(c)
	if refused != nil {
		return nil, refused
	}
	if !sc.open() {
		return nil, bad("", "", "You cannot update a subscription schedule that is currently in the `%s` status. It must be `active` or `not_started`.", sc.Status)
	}
	behavior := c.or("proration_behavior", "create_prorations")
	changed := *sc
	if refused := c.metadata(&changed.Metadata); refused != nil {
		return nil, refused
	}
	c.set("end_behavior", &changed.EndBehavior)
	if c.has("phases") {
		if changed.Phases, refused = e.replacePhases(c, sc); refused != nil {
			return nil, refused
		}
	}
	before := e.before(sc)
	*sc = changed
	e.updated("subscription_schedule.updated", sc, before)
	if sub, ok := e.st.Subs.get(sc.Subscription); ok && c.has("phases") {
		return sc, e.enforce(sc, sub, behavior)
	}
	return sc, nil
}

// replacePhases reads new phases. One that is under way must stay.
func (e *Engine) replacePhases(c *call, sc *schedule) ([]*phase, *apiError) {
	start := sc.Phases[0].Start
	phases, refused := e.readPhases(c.params, start)
	if refused != nil {
		return nil, refused
	}
	if sc.Status == "active" {
		now := schedule{Phases: phases}
		if i := now.at(e.now()); i < 0 || sc.Current != nil && phases[i].Start > sc.Current.Start && phases[0].Start != sc.Phases[0].Start {
			return nil, bad("phases", "", "You can not modify a phase that has already started: the current phase must be among the phases, with its start_date.")
		}
	}
	for i, p := range phases[:max(0, len(phases)-1)] {
		if p.End != phases[i+1].Start {
			return nil, bad("phases", "", "Each phase must begin when the one before ends.")
		}
	}
	return phases, nil
}

// enforce makes a subscription what the phase says that is under way.
func (e *Engine) enforce(sc *schedule, sub *subscription, behavior string) *apiError {
	i := sc.at(e.now())
	if i < 0 {
		return nil
	}
	p := sc.Phases[i]
	sc.Current = &currentPhase{p.End, p.Start}
	changes := e.towards(sub, p)
	if len(changes) == 0 {
		return nil
	}
	before := e.before(sub)
	e.turn(sub, turn{changes: changes, pr: proration{behavior, e.now()}, reset: resets(sub, changes), now: behavior == "always_invoice" || resets(sub, changes)})
	e.updated("customer.subscription.updated", sub, before)
	return nil
}

// towards are the changes that make a subscription's items those of a phase.
// Items with the same price stay.
func (e *Engine) towards(sub *subscription, p *phase) []itemChange {
	var out []itemChange
	for _, it := range sub.Items.Data {
		i := slices.IndexFunc(p.Items, func(pi phaseItem) bool { return pi.Price == it.Price.ID })
		switch {
		case i < 0:
			out = append(out, itemChange{id: it.ID, price: it.Price, quantity: it.Quantity, deleted: true})
		case !equal(p.Items[i].Quantity, it.Quantity):
			out = append(out, itemChange{id: it.ID, price: it.Price, quantity: p.Items[i].Quantity, metadata: it.Metadata})
		}
	}
	for _, pi := range p.Items {
		if !slices.ContainsFunc(sub.Items.Data, func(it *subItem) bool { return it.Price.ID == pi.Price }) {
			if of, ok := e.st.Prices.get(pi.Price); ok {
				out = append(out, itemChange{price: of, quantity: pi.Quantity, metadata: pi.Metadata})
			}
		}
	}
	return out
}

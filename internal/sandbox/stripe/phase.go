package stripe

// scheduleAgenda is what a schedule has to do. A phase that begins with a period
// is entered when the subscription renews.
func (e *Engine) scheduleAgenda(sc *schedule, consider func(int64, func())) {
	switch sc.Status {
	case "not_started":
		consider(sc.Phases[0].Start, func() { e.startSchedule(sc) })
	case "active":
		sub, ok := e.st.Subs.get(sc.Subscription)
		if !ok || sc.Current == nil {
			return
		}
		if sc.Current.End == sub.periodEnd() && sub.Status != "paused" && sub.Status != "incomplete" {
			return
		}
		consider(sc.Current.End, func() { e.turnPhase(sc, sub) })
	}
}

// startSchedule makes the subscription of a schedule when its first phase begins.
func (e *Engine) startSchedule(sc *schedule) {
	before := e.before(sc)
	cu, ok := e.st.Customers.get(sc.Customer)
	p := sc.Phases[0]
	o := order{customer: cu, trialEnd: p.TrialEnd, mode: sc.BillingMode, behaviour: "default_incomplete", schedule: sc.ID, prorate: true}
	for _, pi := range p.Items {
		if of, ok := e.st.Prices.get(pi.Price); ok {
			o.items = append(o.items, orderItem{of, pi.Quantity, pi.Metadata})
		}
	}
	if !ok || cu.Own.Deleted || len(o.items) == 0 {
		sc.Status, sc.CanceledAt = "canceled", e.now()
		e.updated("subscription_schedule.canceled", sc, before)
		return
	}
	if e.methodFor(cu) != nil {
		o.behaviour = "allow_incomplete"
	}
	o.set = func(sub *subscription) { sub.Metadata = p.Metadata }
	sub, refused := e.subscribe(o)
	if refused != nil {
		sc.Status, sc.CanceledAt = "canceled", e.now()
		e.updated("subscription_schedule.canceled", sc, before)
		return
	}
	sc.Status, sc.Subscription, sc.Current = "active", sub.ID, &currentPhase{p.End, p.Start}
	e.updated("subscription_schedule.updated", sc, before)
}

// turnPhase ends a phase in the middle of a period.
func (e *Engine) turnPhase(sc *schedule, sub *subscription) {
	i := sc.at(e.now())
	if i < 0 {
		e.endSchedule(sc, sub)
		return
	}
	p := sc.Phases[i]
	before, was := e.before(sub), e.before(sc)
	sc.Current = &currentPhase{p.End, p.Start}
	changes := e.towards(sub, p)
	reset := resets(sub, changes)
	e.turn(sub, turn{changes: changes, pr: proration{p.Proration, e.now()}, reset: reset, now: reset || p.Proration == "always_invoice"})
	e.adoptPhase(sub, p)
	e.updated("subscription_schedule.updated", sc, was)
	e.updated("customer.subscription.updated", sub, before)
}

// adoptPhase gives a subscription what else a phase says.
func (e *Engine) adoptPhase(sub *subscription, p *phase) {
	merged := labels{}
	for _, from := range []labels{sub.Metadata, p.Metadata} {
		for k, v := range from {
			merged[k] = v
		}
	}
	sub.Metadata = merged
}

// enterPhase makes a subscription that renews what the next phase says. There is
// nothing to prorate: the old period is over.
func (e *Engine) enterPhase(sub *subscription, at int64) {
	sc, ok := e.st.Schedules.get(sub.Schedule)
	if !ok || sc.Status != "active" {
		return
	}
	i := sc.at(at)
	if i < 0 {
		if sc.EndBehavior != "cancel" {
			e.release(sc, sub)
		}
		return
	}
	p := sc.Phases[i]
	if sc.Current != nil && sc.Current.Start == p.Start {
		return
	}
	before := e.before(sc)
	sc.Current = &currentPhase{p.End, p.Start}
	e.apply(sub, e.towards(sub, p), proration{"none", at}, true)
	e.adoptPhase(sub, p)
	e.updated("subscription_schedule.updated", sc, before)
}

// endsNow reports whether a subscription ends at a moment because its schedule
// does.
func (e *Engine) endsNow(sub *subscription, at int64) bool {
	sc, ok := e.st.Schedules.get(sub.Schedule)
	return ok && sc.Status == "active" && sc.EndBehavior == "cancel" && sc.at(at) < 0
}

func (e *Engine) endSchedule(sc *schedule, sub *subscription) {
	if sc.EndBehavior == "cancel" {
		e.finish(sub)
		return
	}
	before := e.before(sub)
	e.release(sc, sub)
	e.updated("customer.subscription.updated", sub, before)
}

// release lets a subscription go on without its schedule.
func (e *Engine) release(sc *schedule, sub *subscription) {
	before := e.before(sc)
	sc.Status, sc.ReleasedAt, sc.Released, sc.Subscription, sc.Current = "released", e.now(), sub.ID, "", nil
	sub.Schedule = ""
	e.updated("subscription_schedule.released", sc, before)
}

// closeSchedule ends the schedule of a subscription that ended: complete, if all
// phases are over.
func (e *Engine) closeSchedule(sub *subscription) {
	sc, ok := e.st.Schedules.get(sub.Schedule)
	if !ok || !sc.open() {
		return
	}
	before := e.before(sc)
	sc.Current = nil
	if sc.at(e.now()) < 0 {
		sc.Status, sc.CompletedAt = "completed", e.now()
		e.updated("subscription_schedule.completed", sc, before)
		return
	}
	sc.Status, sc.CanceledAt = "canceled", e.now()
	e.updated("subscription_schedule.canceled", sc, before)
}

func (e *Engine) releaseSchedule(c *call) (any, *apiError) {
	sc, refused := e.theSchedule(c)
	if refused != nil {
		return nil, refused
	}
	if !sc.open() {
		return nil, bad("", "", "You cannot release a subscription schedule that is currently in the `%s` status. It must be `active` or `not_started`.", sc.Status)
	}
	sub, ok := e.st.Subs.get(sc.Subscription)
	if !ok {
		before := e.before(sc)
		sc.Status, sc.ReleasedAt = "released", e.now()
		e.updated("subscription_schedule.released", sc, before)
		return sc, nil
	}
	before := e.before(sub)
	e.release(sc, sub)
	e.updated("customer.subscription.updated", sub, before)
	return sc, nil
}

func (e *Engine) cancelSchedule(c *call) (any, *apiError) {
	sc, refused := e.theSchedule(c)
	if refused != nil {
		return nil, refused
	}
	if !sc.open() {
		return nil, bad("", "", "You cannot cancel a subscription schedule that is currently in the `%s` status. It must be `active` or `not_started`.", sc.Status)
	}
	if sub, ok := e.st.Subs.get(sc.Subscription); ok {
		invoiceNow, prorate := !c.has("invoice_now") || c.flag("invoice_now"), !c.has("prorate") || c.flag("prorate")
		e.cancelNow(sub, invoiceNow, prorate)
		return sc, nil
	}
	before := e.before(sc)
	sc.Status, sc.CanceledAt = "canceled", e.now()
	e.updated("subscription_schedule.canceled", sc, before)
	return sc, nil
}

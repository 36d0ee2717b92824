package stripe

import "time"

// due is something to do at a moment.
type due struct {
	at int64
	do func()
}

// nextDue is what has to be done first.
func (e *Engine) nextDue() (due, bool) {
	var next due
	found := false
	consider := func(at int64, do func()) {
		if at != 0 && (!found || at < next.at) {
			next, found = due{at, do}, true
		}
	}
	if len(e.st.Reports) > 0 {
		consider(e.st.Reports[0].At+reportDelay, e.tellReports)
	}
	for _, in := range e.st.Invoices.rows {
		switch {
		case in.Status == "draft" && in.AutoAdvance:
			consider(in.FinalizesAt, func() { e.advance(in) })
		case in.Status == "open":
			consider(in.NextAttempt, func() { e.collectAutomatically(in) })
		}
	}
	for _, pi := range e.st.Intents.rows {
		consider(pi.Own.Settles, func() { e.settleBank(pi) })
	}
	for _, s := range e.st.Sessions.rows {
		if s.Status == "open" {
			consider(s.ExpiresAt, func() { e.expire(s) })
		}
	}
	for _, sc := range e.st.Schedules.rows {
		e.scheduleAgenda(sc, consider)
	}
	for _, sub := range e.st.Subs.rows {
		e.subAgenda(sub, consider)
	}
	return next, found
}

// The delays of a subscription's life, in seconds.
const (
	incompleteAge = 23 * 3600     // how long the first payment may take
	pendingAge    = 23 * 3600     // likewise for an update that waits for its payment
	upcomingAhead = 7 * 24 * 3600 // how early the next invoice is announced
	trialAhead    = 3 * 24 * 3600 // how early the end of a trial is
)

// subAgenda is what a subscription has to do.
func (e *Engine) subAgenda(sub *subscription, consider func(int64, func())) {
	if sub.over() {
		return
	}
	if p := sub.Pause; p != nil {
		consider(p.ResumesAt, func() { e.unpause(sub) })
	}
	if u := sub.PendingUpdate; u != nil {
		consider(u.ExpiresAt, func() { e.dropPending(sub) })
	}
	switch sub.Status {
	case "incomplete":
		consider(sub.Created+incompleteAge, func() { e.lapse(sub) })
		return
	case "paused":
		return
	case "trialing":
		if sub.Own.TrialTold != sub.TrialEnd {
			consider(max(sub.TrialEnd-trialAhead, sub.TrialStart), func() { e.announceTrial(sub) })
		}
	}
	end := sub.periodEnd()
	if sub.CancelAt != 0 && sub.CancelAt < end {
		consider(sub.CancelAt, func() { e.finish(sub) })
	}
	if sub.Own.Announced != end && sub.ends() != end && end-upcomingAhead > sub.period().Start {
		consider(end-upcomingAhead, func() { e.announceInvoice(sub) })
	}
	consider(end, func() { e.renew(sub) })
}

// ends is when a subscription has been told to end; 0 if it has not.
func (s *subscription) ends() int64 {
	if s.CancelAtPeriodEnd {
		return s.periodEnd()
	}
	return s.CancelAt
}

// catchUp does everything that is due until now. It reports whether there was
// anything.
func (e *Engine) catchUp(now time.Time) bool {
	worked := false
	for {
		d, ok := e.nextDue()
		if !ok || d.at > now.Unix() {
			return worked
		}
		// What a request made due at an earlier time becomes so with the request.
		e.begin(moment{at: time.Unix(max(d.at, e.st.Latest), 0).UTC()})
		d.do()
		e.settle()
		worked = true
	}
}

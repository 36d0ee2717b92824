package stripe

// pendingUpdate shows what a subscription will be when an invoice is paid.
type pendingUpdate struct {
	ExpiresAt int64      `json:"expires_at"`
	Items     []*subItem `json:"subscription_items"`
	TrialEnd  int64      `json:"trial_end,omitempty"`
}

// pendingChanges are that in full.
type pendingChanges struct {
	Invoice  string     `json:"invoice"`
	Items    []*subItem `json:"items"`
	Anchor   int64      `json:"anchor"`
	Status   string     `json:"status"`
	TrialEnd int64      `json:"trial_end"`
}

// wait takes a change back until its invoice is paid.
func (e *Engine) wait(sub, old *subscription, in *invoice) {
	sub.Own.Pending = &pendingChanges{in.ID, sub.Items.Data, sub.Anchor, sub.Status, sub.TrialEnd}
	sub.PendingUpdate = &pendingUpdate{ExpiresAt: e.now() + pendingAge, Items: sub.Items.Data}
	sub.Items.Data, sub.Anchor, sub.Status, sub.TrialEnd = old.Items.Data, old.Anchor, old.Status, old.TrialEnd
}

// applyPending does a change whose invoice is paid.
func (e *Engine) applyPending(sub *subscription) {
	before := e.before(sub)
	u := sub.Own.Pending
	sub.Items.Data, sub.Anchor, sub.Status, sub.TrialEnd = u.Items, u.Anchor, u.Status, u.TrialEnd
	sub.Own.Pending, sub.PendingUpdate = nil, nil
	e.updated("customer.subscription.pending_update_applied", sub, before)
}

// dropPending forgets a change whose invoice was not paid in time.
func (e *Engine) dropPending(sub *subscription) {
	before := e.before(sub)
	id := sub.Own.Pending.Invoice
	sub.Own.Pending, sub.PendingUpdate = nil, nil
	e.updated("customer.subscription.pending_update_expired", sub, before)
	if in, ok := e.st.Invoices.get(id); ok && in.Status == "open" {
		e.void(in)
	}
}

package stripe

import "slices"

// subscription is what a customer has bought for every period.
type subscription struct {
	base
	AutomaticTax      subTax           `json:"automatic_tax"`
	Anchor            int64            `json:"billing_cycle_anchor"`
	BillingMode       billingMode      `json:"billing_mode"`
	CancelAt          int64            `json:"cancel_at,omitempty"`
	CancelAtPeriodEnd bool             `json:"cancel_at_period_end"`
	CanceledAt        int64            `json:"canceled_at,omitempty"`
	Cancellation      cancellation     `json:"cancellation_details"`
	Collection        string           `json:"collection_method"`
	Currency          string           `json:"currency"`
	Customer          string           `json:"customer"`
	DaysUntilDue      int64            `json:"days_until_due,omitempty"`
	DefaultMethod     string           `json:"default_payment_method,omitempty"`
	Description       string           `json:"description,omitempty"`
	Discounts         []string         `json:"discounts"`
	EndedAt           int64            `json:"ended_at,omitempty"`
	InvoiceSettings   subInvoices      `json:"invoice_settings"`
	Items             inline[*subItem] `json:"items"`
	LatestInvoice     string           `json:"latest_invoice,omitempty"`
	Metadata          labels           `json:"metadata"`
	Pause             *pause           `json:"pause_collection"`
	Settings          subSettings      `json:"payment_settings"`
	PendingSetup      string           `json:"pending_setup_intent,omitempty"`
	PendingUpdate     *pendingUpdate   `json:"pending_update"`
	Schedule          string           `json:"schedule,omitempty"`
	StartDate         int64            `json:"start_date"`
	Status            string           `json:"status"`
	TrialEnd          int64            `json:"trial_end,omitempty"`
	TrialSettings     trialSettings    `json:"trial_settings"`
	TrialStart        int64            `json:"trial_start,omitempty"`
	Own               struct {
		Announced int64           `json:"announced,omitempty"`  // the end of the period whose invoice was announced
		TrialTold int64           `json:"trial_told,omitempty"` // the end of the trial that was announced
		Session   string          `json:"session,omitempty"`    // the checkout that made it
		Pending   *pendingChanges `json:"pending,omitempty"`
	} `json:"_"`
}

type subTax struct {
	DisabledReason string   `json:"disabled_reason,omitempty"`
	Enabled        bool     `json:"enabled"`
	Liability      *selfRef `json:"liability"`
}

type billingMode struct {
	Flexible  *flexible `json:"flexible"`
	Type      string    `json:"type"`
	UpdatedAt int64     `json:"updated_at,omitempty"`
}

type flexible struct {
	Discounts string `json:"proration_discounts"`
}

type cancellation struct {
	Comment  string `json:"comment,omitempty"`
	Feedback string `json:"feedback,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type subInvoices struct {
	Issuer selfRef `json:"issuer"`
}

type pause struct {
	Behavior  string `json:"behavior"`
	ResumesAt int64  `json:"resumes_at,omitempty"`
}

type subSettings struct {
	MethodTypes []string `json:"payment_method_types,omitempty"`
	SaveDefault string   `json:"save_default_payment_method"`
}

type trialSettings struct {
	EndBehavior endBehavior `json:"end_behavior"`
}

type endBehavior struct {
	Missing string `json:"missing_payment_method"`
}

// subItem is one price of a subscription.
type subItem struct {
	plain
	PeriodEnd    int64      `json:"current_period_end"`
	PeriodStart  int64      `json:"current_period_start"`
	Discounts    []string   `json:"discounts"`
	Metadata     labels     `json:"metadata"`
	Price        *price     `json:"price"`
	Quantity     *int64     `json:"quantity,omitempty"` // nil when usage is metered
	Subscription string     `json:"subscription"`
	TaxRates     []struct{} `json:"tax_rates"`
	Own          struct {
		UsageFrom int64 `json:"usage_from,omitempty"` // since when usage counts at this price
	} `json:"_"`
}

// quantity is how many were bought.
func (it *subItem) quantity() int64 {
	if it.Quantity == nil {
		return 1
	}
	return *it.Quantity
}

// over reports whether a subscription has ended.
func (s *subscription) over() bool { return s.Status == "canceled" || s.Status == "incomplete_expired" }

// periodEnd is when the current period ends. The items' periods are the same.
func (s *subscription) periodEnd() int64 {
	if len(s.Items.Data) == 0 {
		return s.Anchor
	}
	return s.Items.Data[0].PeriodEnd
}

// period is the current one.
func (s *subscription) period() span {
	if len(s.Items.Data) == 0 {
		return span{s.Anchor, s.StartDate}
	}
	return span{s.Items.Data[0].PeriodEnd, s.Items.Data[0].PeriodStart}
}

// rhythm is how often it is billed.
func (s *subscription) rhythm() *recurring { return s.Items.Data[0].Price.Recurring }

// item returns an item of the subscription.
func (s *subscription) item(id string) *subItem {
	for _, it := range s.Items.Data {
		if it.ID == id {
			return it
		}
	}
	return nil
}

// subOf returns the subscription that an item is in, with the item.
func (e *Engine) subOf(itemID string) (*subscription, *subItem) {
	for _, sub := range e.st.Subs.rows {
		if it := sub.item(itemID); it != nil {
			return sub, it
		}
	}
	return nil, nil
}

// relink makes the items of subscriptions share the prices again, of which the
// saved state has copies.
func (st *state) relink() {
	share := func(items []*subItem) {
		for _, it := range items {
			if p, ok := st.Prices.get(it.Price.ID); ok {
				it.Price = p
			}
		}
	}
	for _, sub := range st.Subs.rows {
		share(sub.Items.Data)
		if sub.Own.Pending != nil {
			share(sub.Own.Pending.Items)
			sub.PendingUpdate.Items = sub.Own.Pending.Items
		}
	}
}

func (e *Engine) theSub(id, param string) (*subscription, *apiError) {
	if sub, ok := e.st.Subs.get(id); ok {
		return sub, nil
	}
	return nil, missing("subscription", id, param)
}

func (e *Engine) getSub(c *call) (any, *apiError) {
	sub, refused := e.theSub(c.id, "id")
	if refused != nil {
		return nil, refused
	}
	return sub, nil
}

// listSubs leaves those that ended out, unless they are asked for.
func (e *Engine) listSubs(c *call) (any, *apiError) {
	c.filters("customer", "created", "collection_method", "current_period_end", "price")
	status := c.str("status")
	matches := func(sub *subscription) bool {
		switch status {
		case "":
			return !sub.over()
		case "all":
			return true
		case "ended":
			return sub.over()
		}
		return sub.Status == status
	}
	return page(c, "subscription", "/v1/subscriptions", e.st.Subs.where(func(sub *subscription) bool {
		return matches(sub) && c.is("customer", sub.Customer) && c.inTime("created", sub.Created) &&
			c.is("collection_method", sub.Collection) && c.inTime("current_period_end", sub.periodEnd()) &&
			(!c.has("price") || slices.ContainsFunc(sub.Items.Data, func(it *subItem) bool { return it.Price.ID == c.str("price") }))
	}))
}

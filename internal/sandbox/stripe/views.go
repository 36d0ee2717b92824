package stripe

import (
	"encoding/json"
	"time"
)

// CustomerRow is what the inspector shows of a customer.
type CustomerRow struct {
	ID, Email, Name string
	Created         time.Time
	Balance         int64 // in cents; what is below zero is to the customer's good
	Delinquent      bool
	Deleted         bool
	Cards           []CardRow
}

// CardRow is one way in which a customer can pay.
type CardRow struct {
	ID, Name string
	Default  bool
	Fails    bool // from now on, because the inspector said so
}

// SubscriptionRow is what the inspector shows of a subscription.
type SubscriptionRow struct {
	ID, Customer, Status, Items  string
	PeriodStart, PeriodEnd       time.Time
	NextInvoice                  time.Time // zero: there will be none
	Ends, TrialEnd               time.Time // zero: it does not, there is none
	Schedule, LatestInvoice      string
	PauseBehavior                string // of collection; "" when it is not paused
	WaitsForPayment              bool   // a change does
	CancellationReason, Feedback string
}

// InvoiceRow is what the inspector shows of an invoice.
type InvoiceRow struct {
	ID, Number, Customer, Subscription string
	Status, Reason, Currency           string
	Total, AmountDue, AmountPaid       int64
	Created, Finalizes, NextAttempt    time.Time
	Attempts                           int64
	URL                                string
	Charge                             string // the latest one
	Lines                              []LineRow
}

// LineRow is a line of an invoice.
type LineRow struct {
	Description string
	Amount      int64
	From, To    time.Time
}

// ChargeRow is what the inspector shows of a charge.
type ChargeRow struct {
	ID, Customer, Status, Failure string
	Amount, Refunded              int64
	Dispute, DisputeStatus        string
	Created                       time.Time
}

// EventRow is what the inspector shows of an event.
type EventRow struct {
	ID, Type, Object string
	Created          time.Time
	Thin             bool
	Body             json.RawMessage
}

// MeterRow is what the inspector shows of a meter.
type MeterRow struct {
	ID, EventName, DisplayName, Status string
	Usage                              []UsageRow
}

// UsageRow is what a customer used in all, by a meter.
type UsageRow struct {
	Customer, Value string
	Events          int
	Latest          time.Time
}

// SessionRow is what the inspector shows of a checkout.
type SessionRow struct {
	ID, Customer, Status, PaymentStatus, URL, Subscription string
	Total                                                  int64
	Created, Expires                                       time.Time
}

// timeOf turns seconds into a time; nothing is the zero time.
func timeOf(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

// rows reads a table newest first for the inspector.
func rows[T row, R any](e *Engine, from func(*state) *table[T], show func(T) R) []R {
	var out []R
	e.look(func() {
		for _, r := range from(e.st).all() {
			out = append(out, show(r))
		}
	})
	return out
}

// Customers returns the customers, newest first.
func (e *Engine) Customers() []CustomerRow {
	return rows(e, func(st *state) *table[*customer] { return &st.Customers }, func(cu *customer) CustomerRow {
		row := CustomerRow{cu.ID, cu.Email, cu.Name, timeOf(cu.Created), cu.Balance, cu.Delinquent, cu.Own.Deleted, nil}
		for _, pm := range e.st.Methods.where(func(pm *paymentMethod) bool { return pm.Customer == cu.ID }) {
			row.Cards = append(row.Cards, CardRow{pm.ID, pm.name(), pm.ID == cu.InvoiceSettings.DefaultPaymentMethod, pm.Own.Acts == failsFromNowOn})
		}
		return row
	})
}

// Subscriptions returns the subscriptions, newest first.
func (e *Engine) Subscriptions() []SubscriptionRow {
	return rows(e, func(st *state) *table[*subscription] { return &st.Subs }, func(s *subscription) SubscriptionRow {
		row := SubscriptionRow{ID: s.ID, Customer: s.Customer, Status: s.Status, Items: e.describeItems(s), PeriodStart: timeOf(s.period().Start),
			PeriodEnd: timeOf(s.period().End), Ends: timeOf(s.ends()), TrialEnd: timeOf(s.TrialEnd), Schedule: s.Schedule, LatestInvoice: s.LatestInvoice,
			WaitsForPayment: s.PendingUpdate != nil, CancellationReason: s.Cancellation.Reason, Feedback: s.Cancellation.Feedback}
		if s.over() {
			row.Ends = timeOf(s.EndedAt)
		} else if s.Status != "paused" && s.Status != "incomplete" && s.ends() == 0 {
			row.NextInvoice = row.PeriodEnd
		}
		if s.Pause != nil {
			row.PauseBehavior = s.Pause.Behavior
		}
		return row
	})
}

// Invoices returns the invoices, newest first.
func (e *Engine) Invoices() []InvoiceRow {
	return rows(e, func(st *state) *table[*invoice] { return &st.Invoices }, func(in *invoice) InvoiceRow {
		row := InvoiceRow{ID: in.ID, Number: in.Number, Customer: in.Customer, Subscription: in.subscription(), Status: in.Status,
			Reason: in.BillingReason, Currency: in.Currency, Total: in.Total, AmountDue: in.AmountDue, AmountPaid: in.AmountPaid,
			Created: timeOf(in.Created), Finalizes: timeOf(in.FinalizesAt), NextAttempt: timeOf(in.NextAttempt), Attempts: in.AttemptCount, URL: in.HostedURL}
		if pi := e.intentOf(in); pi != nil {
			row.Charge = pi.LatestCharge
		}
		for _, l := range in.Lines.Data {
			row.Lines = append(row.Lines, LineRow{l.Description, l.Amount, timeOf(l.Period.Start), timeOf(l.Period.End)})
		}
		return row
	})
}

// Charges returns the charges, newest first.
func (e *Engine) Charges() []ChargeRow {
	return rows(e, func(st *state) *table[*charge] { return &st.Charges }, func(ch *charge) ChargeRow {
		row := ChargeRow{ID: ch.ID, Customer: ch.Customer, Status: ch.Status, Failure: ch.FailureMessage, Amount: ch.Amount, Refunded: ch.Refunded, Created: timeOf(ch.Created)}
		if d, ok := e.st.Disputes.first(func(d *dispute) bool { return d.Charge == ch.ID }); ok {
			row.Dispute, row.DisputeStatus = d.ID, d.Status
		}
		return row
	})
}

// Events returns the events, newest first, then the thin ones.
func (e *Engine) Events() []EventRow {
	out := rows(e, func(st *state) *table[*event] { return &st.Events }, func(ev *event) EventRow {
		return EventRow{ev.ID, ev.Type, ev.About, timeOf(ev.Created), false, ev.Body}
	})
	return append(out, rows(e, func(st *state) *table[*thinEvent] { return &st.Thin }, func(t *thinEvent) EventRow {
		row := EventRow{ID: t.ID, Type: t.Type, Thin: true}
		row.Created, _ = time.Parse(time.RFC3339, t.Created)
		row.Body, _ = json.Marshal(t)
		if t.Related != nil {
			row.Object = t.Related.ID
		}
		return row
	})...)
}

// Meters returns the meters, newest first, with what was used.
func (e *Engine) Meters() []MeterRow {
	return rows(e, func(st *state) *table[*meter] { return &st.Meters }, func(m *meter) MeterRow {
		row := MeterRow{ID: m.ID, EventName: m.EventName, DisplayName: m.DisplayName, Status: m.Status}
		for _, cu := range e.st.Customers.rows {
			points := e.st.Totals[m.ID+" "+cu.ID]
			if len(points) == 0 {
				continue
			}
			used := UsageRow{Customer: cu.ID, Events: len(points)}
			var last int64
			for _, p := range points {
				last = max(last, p.At)
			}
			used.Latest = timeOf(last)
			used.Value = string(decimal(e.used(m.ID, cu.ID, 0, last+1, e.moment.at.UnixNano())))
			row.Usage = append(row.Usage, used)
		}
		return row
	})
}

// Sessions returns the checkouts, newest first.
func (e *Engine) Sessions() []SessionRow {
	return rows(e, func(st *state) *table[*checkoutSession] { return &st.Sessions }, func(s *checkoutSession) SessionRow {
		return SessionRow{s.ID, s.Customer, s.Status, s.PaymentStatus, s.URL, s.Subscription, s.Total, timeOf(s.Created), timeOf(s.ExpiresAt)}
	})
}

// Dunning is what becomes of a subscription whose last payment attempt failed:
// cancel, unpaid or past_due.
func (e *Engine) Dunning() string {
	var d string
	e.look(func() { d = e.st.Dunning })
	return d
}

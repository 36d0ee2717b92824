package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/fault"
)

// payerRow is a customer as lists show them.
type payerRow struct {
	payer
	Subs []subscription // that have not ended
	Next time.Time      // their next invoice; zero: none
}

// payerRows are the customers, newest first.
func (s *Sandbox) payerRows() ([]payerRow, error) {
	list, err := s.payers()
	if err != nil {
		return nil, err
	}
	subs, err := s.subscriptions("")
	if err != nil {
		return nil, err
	}
	of := map[string][]subscription{}
	for _, b := range subs {
		if !b.over() {
			of[b.Customer] = append(of[b.Customer], b)
		}
	}
	rows := make([]payerRow, len(list))
	for i, p := range list {
		rows[i] = payerRow{payer: p, Subs: of[p.ID]}
		for _, b := range of[p.ID] {
			if at, ok := b.next(); ok && (rows[i].Next.IsZero() || at.Before(rows[i].Next)) {
				rows[i].Next = at
			}
		}
	}
	return rows, nil
}

// paySummary is what the overview says of payments.
type paySummary struct {
	Customers, Paying, Troubled int
	Next                        time.Time
}

func (s *Sandbox) paySummary() (paySummary, error) {
	rows, err := s.payerRows()
	sum := paySummary{Customers: len(rows)}
	for _, row := range rows {
		for _, b := range row.Subs {
			switch subMood(b.Status) {
			case "good":
				sum.Paying++
			case "bad":
				sum.Troubled++
			}
		}
		if !row.Next.IsZero() && (sum.Next.IsZero() || row.Next.Before(sum.Next)) {
			sum.Next = row.Next
		}
	}
	return sum, err
}

// payerView is everything about one customer.
type payerView struct {
	payer
	Card     *payMethod
	Subs     []subView
	Invoices []invoice
	Charges  []chargeView
	Trial    time.Time // the end of the first trial that lasts
	Next     time.Time // the next invoice
	Draft    time.Time // when a draft becomes final
}

type subView struct {
	subscription
	Upcoming *invoice
	Usage    []usage
}

type chargeView struct {
	charge
	Dispute *dispute
}

// usage is what a meter counted for somebody.
type usage struct {
	Meter meter
	Value string
}

func (s *Sandbox) payerView(id string) (p payerView, err error) {
	if !stripeID.MatchString(id) {
		return p, errNoPayer
	}
	var gone struct {
		payer
		Deleted bool `json:"deleted"`
	}
	if err := s.ask("GET /v1/customers/"+id, nil, &gone); err != nil {
		return p, err
	}
	p.payer = gone.payer
	if gone.Deleted {
		return p, errNoPayer
	}
	if p.Invoices, err = s.invoices(id); err != nil {
		return p, err
	}
	for _, in := range p.Invoices {
		if at := in.FinalizesAt; in.Status == "draft" && at > 0 && (p.Draft.IsZero() || at.time().Before(p.Draft)) {
			p.Draft = at.time()
		}
	}
	if p.Charges, err = s.chargeViews(id); err != nil {
		return p, err
	}
	if err := s.addSubs(&p); err != nil {
		return p, err
	}
	return p, s.addCard(&p)
}

// addCard adds what the customer pays with: what they chose themselves, or what their
// newest subscription was bought with.
func (s *Sandbox) addCard(p *payerView) error {
	id := p.Settings.Method
	for _, b := range p.Subs {
		id = cmp.Or(id, b.Method)
	}
	if id == "" {
		return nil
	}
	p.Card = &payMethod{}
	return s.ask("GET /v1/payment_methods/"+id, nil, p.Card)
}

func (s *Sandbox) addSubs(p *payerView) error {
	subs, err := s.subscriptions(p.ID)
	if err != nil {
		return err
	}
	meters, err := s.meters()
	if err != nil {
		return err
	}
	for _, b := range subs {
		v := subView{subscription: b}
		at, ok := b.next()
		if ok {
			v.Upcoming = s.upcoming(b)
			if p.Next.IsZero() || at.Before(p.Next) {
				p.Next = at
			}
			for _, m := range meters {
				n, err := s.used(m, p.ID, b.Items.Data[0].Start)
				if err != nil {
					return err
				}
				v.Usage = append(v.Usage, usage{m, n})
			}
		}
		if end := b.TrialEnd.time(); b.Status == "trialing" && (p.Trial.IsZero() || end.Before(p.Trial)) {
			p.Trial = end
		}
		p.Subs = append(p.Subs, v)
	}
	return nil
}

// upcoming is a subscription's next invoice as it would be now; nil if Stripe
// foresees none.
func (s *Sandbox) upcoming(b subscription) *invoice {
	var in invoice
	if s.ask("POST /v1/invoices/create_preview", url.Values{"subscription": {b.ID}}, &in) != nil {
		return nil
	}
	return &in
}

func (s *Sandbox) chargeViews(customer string) ([]chargeView, error) {
	charges, err := askAll(s, "/v1/charges", ofCustomer(customer), func(c charge) string { return c.ID })
	if err != nil {
		return nil, err
	}
	var out []chargeView
	for _, c := range charges {
		v := chargeView{charge: c}
		if c.Disputed {
			list, err := askAll(s, "/v1/disputes", url.Values{"charge": {c.ID}}, func(d dispute) string { return d.ID })
			if err != nil {
				return nil, err
			}
			if len(list) > 0 {
				v.Dispute = &list[0]
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func (s *Sandbox) meters() ([]meter, error) {
	return askAll(s, "/v1/billing/meters", nil, func(m meter) string { return m.ID })
}

// used is what a meter counted for a customer since a time. Stripe sums whole
// minutes up.
func (s *Sandbox) used(m meter, customer string, since unix) (string, error) {
	from, to := int64(since)/60*60, s.now().Unix()/60*60+60
	var sums struct {
		Data []struct {
			Value json.Number `json:"aggregated_value"`
		} `json:"data"`
	}
	err := s.ask("GET /v1/billing/meters/"+m.ID+"/event_summaries", ofCustomer(customer,
		"start_time", strconv.FormatInt(from, 10), "end_time", strconv.FormatInt(max(to, from+60), 10)), &sums)
	if err != nil || len(sums.Data) == 0 {
		return "0", err
	}
	return sums.Data[0].Value.String(), nil
}

// meterView is a meter with who used what in their current period.
type meterView struct {
	meter
	By []meterUse
}

type meterUse struct {
	Customer payer
	Since    time.Time
	Value    string
}

func (s *Sandbox) meterViews() ([]meterView, error) {
	meters, err := s.meters()
	if err != nil {
		return nil, err
	}
	rows, err := s.payerRows()
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(p payerRow) bool { return len(p.Subs) == 0 || len(p.Subs[0].Items.Data) == 0 })
	var out []meterView
	for _, m := range meters {
		v := meterView{meter: m}
		for _, p := range rows[:min(len(rows), maxShown)] {
			since := p.Subs[0].Items.Data[0].Start
			n, err := s.used(m, p.ID, since)
			if err != nil {
				return nil, err
			}
			v.By = append(v.By, meterUse{p.payer, since.time(), n})
		}
		out = append(out, v)
	}
	return out, nil
}

// moveToPayers moves the clock to what comes next for a customer: invoice, paid
// or trial.
func (s *Sandbox) moveToPayers(id, to string) error {
	p, err := s.payerView(id)
	if err != nil {
		return err
	}
	at := map[string]time.Time{"invoice": p.Next, "paid": p.paid(), "trial": p.Trial}[to]
	if at.IsZero() {
		return fault.New(fault.Conflict, "nothing_ahead", "Nothing of that kind lies ahead for this customer.")
	}
	return s.moveUntil(at)
}

// paid is when the next invoice, or the one that is a draft, is final and paid.
func (p payerView) paid() time.Time {
	switch {
	case !p.Draft.IsZero():
		return p.Draft
	case !p.Next.IsZero():
		return p.Next.Add(time.Hour)
	}
	return time.Time{}
}

func payerName(p payer) string { return cmp.Or(p.Name, p.Email, p.ID) }

// cents reads an amount as people write it: 12.34, 12 or $12.
func cents(amount string) (int64, error) {
	bad := fault.Body("amount", "must be an amount like 12.34")
	whole, rest, dot := strings.Cut(strings.TrimPrefix(amount, "$"), ".")
	if dot && len(rest) != 2 {
		return 0, bad
	}
	if rest == "" {
		rest = "00"
	}
	if strings.Trim(whole+rest, "0123456789") != "" || whole == "" {
		return 0, bad
	}
	n, err := strconv.ParseInt(whole+rest, 10, 64)
	if err != nil || n == 0 {
		return 0, bad
	}
	return n, nil
}

func eventOf(raw json.RawMessage) (e stripeEvent) {
	json.Unmarshal(raw, &e) // Stripe's own
	e.Data.Object.ID = cmp.Or(e.Data.Object.ID, e.Related.ID)
	return e
}

// indented writes JSON as people read it.
func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// The moods of Stripe's states.
func subMood(status string) string {
	switch status {
	case "active", "trialing":
		return "good"
	case "past_due", "unpaid", "incomplete_expired":
		return "bad"
	case "incomplete", "paused":
		return "wait"
	}
	return ""
}

func invoiceMood(status string) string {
	return map[string]string{"paid": "good", "draft": "wait", "open": "wait", "uncollectible": "bad"}[status]
}

func chargeMood(status string) string {
	return map[string]string{"succeeded": "good", "pending": "wait", "failed": "bad"}[status]
}

func disputeMood(status string) string {
	return map[string]string{"won": "good", "lost": "bad"}[status]
}

// cardWords is a card as people know theirs.
func cardWords(m *payMethod) string {
	switch {
	case m == nil:
		return "none"
	case m.Card == nil:
		return strings.ReplaceAll(m.Type, "_", " ")
	}
	return m.Card.Brand + " ending in " + m.Card.Last4
}

// itemWords is what a subscription has of a price.
func itemWords(it subItem) string {
	name := cmp.Or(it.Price.LookupKey, it.Price.Nickname, it.Price.ID)
	if it.Quantity == nil {
		return name + ", as much as is used"
	}
	return strconv.FormatInt(*it.Quantity, 10) + " × " + name
}

// chargedWords is what was charged.
func chargedWords(c charge) string {
	if c.Method.Card == nil {
		return "from a bank account"
	}
	return c.Method.Card.Brand + " ending in " + c.Method.Card.Last4
}

func deedAction(kind, id, what string) templ.SafeURL {
	return templ.SafeURL("/sandbox/payments/" + kind + "/" + id + "/" + what)
}

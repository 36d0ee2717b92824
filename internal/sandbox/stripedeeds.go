package sandbox

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"xswarm.ai/server/internal/fault"
)

// order is what comes with a deed.
type order struct {
	Card   string `json:"card"`   // the number of a test card
	Amount int64  `json:"amount"` // in cents; 0: all of it
}

// deed is something that is done to an object of Stripe's, by its owner or by a
// person. It answers with the object as it is then.
type deed func(s *Sandbox, id string, o order) (json.RawMessage, error)

// deeds are all of them, by the kind of the object and what is done.
func deeds() map[string]deed {
	return map[string]deed{
		"customers/card":         (*Sandbox).switchCard,
		"invoices/finalize":      asking("/v1/invoices/", "/finalize"),
		"invoices/pay":           asking("/v1/invoices/", "/pay"),
		"invoices/void":          asking("/v1/invoices/", "/void"),
		"invoices/uncollectible": asking("/v1/invoices/", "/mark_uncollectible"),
		"invoices/refund":        (*Sandbox).refundInvoice,
		"invoices/dispute":       (*Sandbox).disputeInvoice,
		"charges/refund":         (*Sandbox).refundCharge,
		"charges/dispute":        (*Sandbox).disputeCharge,
		"disputes/win":           (*Sandbox).winDispute,
		"disputes/lose":          (*Sandbox).loseDispute,
		"subscriptions/pause":    asking("/v1/subscriptions/", "", "pause_collection[behavior]", "keep_as_draft"),
		"subscriptions/resume":   (*Sandbox).resume,
		"subscriptions/cancel":   (*Sandbox).cancelNow,
	}
}

// stripeID is what an identifier of Stripe's may look like.
var stripeID = regexp.MustCompile(`^[0-9A-Za-z_]{1,255}$`)

var errNoDeed = fault.New(fault.NotFound, "not_found", "There is no such thing to do at Stripe.")

// does carries out a deed.
func (s *Sandbox) does(kind, id, what string, o order) (json.RawMessage, error) {
	do, ok := deeds()[kind+"/"+what]
	if !ok || !stripeID.MatchString(id) {
		return nil, errNoDeed
	}
	if o.Amount < 0 {
		return nil, fault.Body("amount", "must be a number of cents; leave it out for all")
	}
	return do(s, id, o)
}

// asking is a deed that one request to Stripe does.
func asking(before, after string, form ...string) deed {
	return func(s *Sandbox, id string, _ order) (out json.RawMessage, err error) {
		err = s.ask("POST "+before+id+after, ofCustomer("", form...), &out)
		return out, err
	}
}

// The test cards that buttons use.
const (
	goodCard     = "4242424242424242"
	failingCard  = "4000000000000341" // it can be attached, and every charge fails
	declinedCard = "4000000000000002"
)

// switchCard gives a customer another card, with which everything is paid from
// then on, as they would do in Stripe's portal.
func (s *Sandbox) switchCard(id string, o order) (json.RawMessage, error) {
	var card payMethod
	form := url.Values{"type": {"card"}, "card[number]": {cmp.Or(o.Card, goodCard)}, "card[exp_month]": {"12"},
		"card[exp_year]": {strconv.Itoa(s.now().Year() + 3)}, "card[cvc]": {"123"}}
	if err := s.ask("POST /v1/payment_methods", form, &card); err != nil {
		return nil, err
	}
	if err := s.ask("POST /v1/payment_methods/"+card.ID+"/attach", url.Values{"customer": {id}}, nil); err != nil {
		return nil, err
	}
	var out json.RawMessage
	if err := s.ask("POST /v1/customers/"+id, url.Values{"invoice_settings[default_payment_method]": {card.ID}}, &out); err != nil {
		return nil, err
	}
	subs, err := s.subscriptions(id)
	if err != nil {
		return nil, err
	}
	for _, b := range subs {
		if b.Method == "" || b.over() {
			continue
		}
		if err := s.ask("POST /v1/subscriptions/"+b.ID, url.Values{"default_payment_method": {card.ID}}, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resume collects payments again, or begins a paused subscription anew.
func (s *Sandbox) resume(id string, _ order) (out json.RawMessage, err error) {
	var b subscription
	if err := s.ask("GET /v1/subscriptions/"+id, nil, &b); err != nil {
		return nil, err
	}
	if b.Status == "paused" {
		err = s.ask("POST /v1/subscriptions/"+id+"/resume", nil, &out)
	} else {
		err = s.ask("POST /v1/subscriptions/"+id, url.Values{"pause_collection": {""}}, &out)
	}
	return out, err
}

func (s *Sandbox) cancelNow(id string, _ order) (out json.RawMessage, err error) {
	err = s.ask("DELETE /v1/subscriptions/"+id, nil, &out)
	return out, err
}

// chargeOf is the charge that an invoice was paid with.
func (s *Sandbox) chargeOf(invoice string) (charge, error) {
	type payment struct {
		ID      string `json:"id"`
		Payment struct {
			Intent string `json:"payment_intent"`
		} `json:"payment"`
	}
	payments, err := askAll(s, "/v1/invoice_payments", url.Values{"invoice": {invoice}}, func(p payment) string { return p.ID })
	if err != nil {
		return charge{}, err
	}
	for _, p := range payments {
		list, err := askAll(s, "/v1/charges", url.Values{"payment_intent": {p.Payment.Intent}}, func(c charge) string { return c.ID })
		if err != nil {
			return charge{}, err
		}
		if i := slices.IndexFunc(list, func(c charge) bool { return c.Status == "succeeded" }); i >= 0 {
			return list[i], nil
		}
	}
	return charge{}, fault.New(fault.Conflict, "not_paid", "Nobody has paid this invoice with a card.")
}

func (s *Sandbox) refundInvoice(id string, o order) (json.RawMessage, error) {
	c, err := s.chargeOf(id)
	if err != nil {
		return nil, err
	}
	return s.refundCharge(c.ID, o)
}

func (s *Sandbox) refundCharge(id string, o order) (out json.RawMessage, err error) {
	form := url.Values{"charge": {id}}
	if o.Amount > 0 {
		form.Set("amount", strconv.FormatInt(o.Amount, 10))
	}
	err = s.ask("POST /v1/refunds", form, &out)
	return out, err
}

func (s *Sandbox) disputeInvoice(id string, o order) (json.RawMessage, error) {
	c, err := s.chargeOf(id)
	if err != nil {
		return nil, err
	}
	return s.disputeCharge(c.ID, o)
}

// disputeCharge is what the customer's bank does.
func (s *Sandbox) disputeCharge(id string, _ order) (out json.RawMessage, err error) {
	if err := s.payments.OpenDispute(id); err != nil {
		return nil, refusedBy(err)
	}
	list, err := askAll(s, "/v1/disputes", url.Values{"charge": {id}}, idOf)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func (s *Sandbox) winDispute(id string, _ order) (json.RawMessage, error) { return s.decide(id, true) }

func (s *Sandbox) loseDispute(id string, _ order) (json.RawMessage, error) {
	return s.decide(id, false)
}

// decide ends a dispute, as the bank does.
func (s *Sandbox) decide(id string, won bool) (json.RawMessage, error) {
	if err := s.payments.CloseDispute(id, won); err != nil {
		return nil, refusedBy(err)
	}
	return s.seen("/v1/disputes/" + id)
}

// seen is an object as Stripe shows it.
func (s *Sandbox) seen(path string) (out json.RawMessage, err error) {
	err = s.ask("GET "+path, nil, &out)
	return out, err
}

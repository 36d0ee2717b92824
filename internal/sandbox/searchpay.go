package sandbox

import "slices"

// searchPayments looks at Stripe's customers, invoices and events.
func (s *Sandbox) searchPayments(w sought) ([]found, error) {
	var payers []payer
	var invoices []invoice
	var events []stripeEvent
	var err error
	if len(w[0]) > 0 {
		if payers, err = s.payers(); err != nil {
			return nil, err
		}
		if invoices, err = s.invoices(""); err != nil {
			return nil, err
		}
		if events, err = s.stripeEvents(longestList); err != nil {
			return nil, err
		}
	}
	slices.Reverse(payers) // they come newest first
	slices.Reverse(invoices)
	slices.Reverse(events)
	return []found{
		gather("customer", payers, w, func(p payer) (hit, []field) {
			fields := []field{{"address", p.Email}, {"name", p.Name}, {"customer", p.ID}}
			for _, f := range sortedFields(p.Metadata) {
				fields = append(fields, field{f[0], f[1]})
			}
			return hit{ID: p.ID, Title: payerName(p), Href: payerHref(p.ID), At: p.Created.time()}, fields
		}),
		gather("invoice", invoices, w, func(in invoice) (hit, []field) {
			fields := []field{{"number", in.Number}, {"invoice", in.ID}, {"customer", in.Customer}, {"status", in.Status}, {"total", money(in.Total, in.Currency)}}
			for _, l := range in.Lines.Data {
				fields = append(fields, field{"line", l.Description})
			}
			return hit{ID: in.ID, Title: money(in.Total, in.Currency) + " " + in.Number, Href: objectHref(in.ID), At: in.Created.time()}, fields
		}),
		gather("event", events, w, func(e stripeEvent) (hit, []field) {
			fields := []field{{"event", e.ID}, {"type", e.Type}, {"object", e.Data.Object.ID}, {"customer", string(e.Data.Object.Customer)}}
			return hit{ID: e.ID, Title: e.Type, Href: eventHref(e.ID), At: e.Created.time()}, fields
		}),
	}, nil
}

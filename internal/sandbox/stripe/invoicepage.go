package stripe

import "net/http"

// invoicePage shows an invoice to who has to pay it, and lets them.
func (e *Engine) invoicePage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var answer func()
	e.do(moment{reads: r.Method != http.MethodPost}, func() {
		in, ok := e.st.Invoices.get(id)
		switch {
		case !ok || in.Status == "draft":
			answer = func() { noPage(w, http.StatusNotFound, "Not found", "There is no such invoice.") }
		case r.Method == http.MethodPost && in.Status == "open":
			answer = e.invoiceForm(w, r, in)
		default:
			answer = e.showInvoice(w, in, "")
		}
	})
	answer()
}

// invoiceForm does what a button of an invoice's page says.
func (e *Engine) invoiceForm(w http.ResponseWriter, r *http.Request, in *invoice) func() {
	cu, _ := e.st.Customers.get(in.Customer)
	pm, _ := e.st.Methods.get(r.PostFormValue("method"))
	asked := false
	switch r.PostFormValue("action") {
	case "fail":
		return e.showInvoice(w, in, "We are unable to authenticate your payment method. Please choose a different payment method and try again.")
	case "agree":
		pm, asked = nil, true
		if pi := e.intentOf(in); pi != nil {
			pm, _ = e.st.Methods.get(pi.Method)
		}
	case "new":
		pm = e.method(readEntry(r))
		if pm == nil {
			return e.showInvoice(w, in, "Your card number is incorrect.")
		}
		e.st.Methods.add(pm)
		if refused := e.attach(pm, cu); refused != nil {
			return e.showInvoice(w, in, trouble(refused.Message))
		}
	}
	if pm == nil || pm.Customer != cu.ID {
		return e.showInvoice(w, in, "Please choose how to pay.")
	}
	switch how := e.collect(in, pm, asked); how {
	case asks:
		return func() { authenticatePage(w, "pay "+dollars(in.AmountDue)) }
	case failed:
		e.afterFailure(in, how, false)
		return e.showInvoice(w, in, trouble(declineOf(pm.Own.Acts).message))
	}
	return func() { goTo(w, r, in.HostedURL) }
}

// showInvoice renders an invoice's page. What it returns answers with it.
func (e *Engine) showInvoice(w http.ResponseWriter, in *invoice, why trouble) func() {
	row := func(name string, amount int64) markup {
		return h(`<tr><th scope="row">%s</th><td>%s</td></tr>`, name, dollars(amount))
	}
	var off, taxes int64
	for _, d := range in.DiscountAmounts {
		off += d.Amount
	}
	for _, t := range in.Taxes {
		taxes += t.Amount
	}
	state := map[string]string{"open": "Due " + day(max(in.DueDate, in.Transitions.FinalizedAt)), "paid": "Paid", "void": "Voided", "uncollectible": "Uncollectible"}[in.Status]
	body := h(`<h1>Invoice %s</h1><p class="dim">%s, for %s</p>%s<section aria-labelledby="lines"><h2 id="lines">%s</h2>
<table><tbody>%s</tbody><tfoot>%s%s%s%s%s%s</tfoot></table></section>%s`,
		in.Number, state, orDefault(in.CustomerEmail, in.CustomerName), inTrouble(why), dollars(in.AmountDue),
		each(in.Lines.Data, func(l *line) markup { return row(l.Description, l.Amount) }),
		row("Subtotal", in.Subtotal), only(off != 0, row("Discount", -off)), only(taxes != 0, row("Tax", taxes)), row("Total", in.Total),
		only(in.StartingBalance != 0, row("Balance applied", in.StartingBalance)), row("Amount due", in.AmountDue),
		only(in.Status == "open", e.payForms(in)))
	status := http.StatusOK
	if why != "" {
		status = http.StatusUnprocessableEntity
	}
	return func() { writePage(w, status, "Invoice "+in.Number, body) }
}

// payForms let somebody pay an open invoice: with a card that is known, or with
// another.
func (e *Engine) payForms(in *invoice) markup {
	known := e.st.Methods.where(func(pm *paymentMethod) bool { return pm.Customer == in.Customer })
	return h(`%s<section aria-labelledby="other"><h2 id="other">Pay with another card</h2><form method="post">%s<button class="wide" name="action" value="new">Pay %s</button></form></section>`,
		only(len(known) > 0, h(`<section aria-labelledby="known"><h2 id="known">Pay with a card on file</h2>%s</section>`,
			each(known, func(pm *paymentMethod) markup {
				return h(`<form method="post"><input type="hidden" name="method" value="%s"><p>%s <button name="action" value="pay">Pay %s</button></p></form>`, pm.ID, pm.name(), dollars(in.AmountDue))
			}))),
		cardFields("", false), dollars(in.AmountDue))
}

// name is what people call a payment method.
func (pm *paymentMethod) name() string {
	if pm.Card != nil {
		return pm.Card.Brand + " ending in " + pm.Card.Last4
	}
	return "bank account ending in " + pm.Bank.Last4
}

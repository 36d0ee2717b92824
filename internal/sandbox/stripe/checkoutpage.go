package stripe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// checkoutPage shows a session's page, or does what its buttons say.
func (e *Engine) checkoutPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var answer func()
	e.do(moment{reads: r.Method != http.MethodPost}, func() {
		s, ok := e.st.Sessions.get(id)
		switch {
		case !ok:
			answer = func() { noPage(w, http.StatusNotFound, "Not found", "There is no such checkout page.") }
		case s.Status == "complete":
			answer = func() { noPage(w, http.StatusOK, "You're all done here", "You have already subscribed on this page.") }
		case s.Status == "expired":
			answer = func() {
				noPage(w, http.StatusGone, "This page has expired", "Please go back and begin again.")
			}
		case r.Method == http.MethodPost:
			answer = e.checkoutForm(w, r, s)
		default:
			answer = e.showCheckout(w, s, entry{}, "")
		}
	})
	answer()
}

// checkoutForm does what a button of a session's page says. What it returns
// answers, when the lock is released.
func (e *Engine) checkoutForm(w http.ResponseWriter, r *http.Request, s *checkoutSession) func() {
	en := readEntry(r)
	switch r.PostFormValue("action") {
	case "code":
		return e.showCheckout(w, s, en, e.enterCode(s, r.PostFormValue("code")))
	case "no_code":
		s.Discounts = []sessionDiscount{}
		e.addUp(s)
		return e.showCheckout(w, s, en, "")
	case "fail":
		s.Own.Reference = nil
		return e.showCheckout(w, s, en, "We are unable to authenticate your payment method. Please choose a different payment method and try again.")
	case "agree":
		if s.Own.Reference == nil {
			return e.showCheckout(w, s, en, "")
		}
		return e.finishCheckout(w, r, s, *s.Own.Reference, true)
	}
	return e.finishCheckout(w, r, s, en, false)
}

func (e *Engine) finishCheckout(w http.ResponseWriter, r *http.Request, s *checkoutSession, en entry, asked bool) func() {
	ask, why := e.completeSession(s, en, asked)
	switch {
	case why != "":
		return e.showCheckout(w, s, en, why)
	case ask:
		return func() { authenticatePage(w, "this payment") }
	}
	to := strings.ReplaceAll(s.SuccessURL, "{CHECKOUT_SESSION_ID}", s.ID)
	return func() { goTo(w, r, to) }
}

// enterCode gives a session the discount of a promotion code.
func (e *Engine) enterCode(s *checkoutSession, word string) trouble {
	pc, ok := e.promoNamed(strings.TrimSpace(word))
	if s.AllowPromos == nil || !*s.AllowPromos || !ok {
		return "This code is invalid."
	}
	cp, known := e.st.Coupons.get(pc.Promotion.Coupon)
	switch {
	case !known || !cp.usable(e.now()) || !pc.usable(e.now(), s.Customer):
		return "This code is expired."
	case pc.Restrictions.MinimumAmount > s.Subtotal:
		return trouble("This code needs a total of at least " + dollars(pc.Restrictions.MinimumAmount) + ".")
	case pc.Restrictions.FirstTime && e.hasPaid(s.Customer):
		return "This code is only valid for first-time customers."
	}
	s.discount(reduction{coupon: cp, promo: pc})
	e.addUp(s)
	return ""
}

func (e *Engine) hasPaid(customer string) bool {
	_, ok := e.st.Charges.first(func(ch *charge) bool { return ch.Customer == customer && ch.Status == "succeeded" })
	return ok
}

// showCheckout renders a session's page. What it returns answers with it.
func (e *Engine) showCheckout(w http.ResponseWriter, s *checkoutSession, en entry, why trouble) func() {
	o := e.orderOf(s, &customer{})
	lines, card := e.linesOf(s), e.wantsMethod(s, s.Total)
	title := "Subscribe"
	if s.Total > 0 {
		title = "Subscribe for " + dollars(s.Total)
	}
	body := h(`<h1>%s</h1>%s<section aria-labelledby="order"><h2 id="order">Your order</h2>%s%s</section>%s
<section aria-labelledby="pay"><h2 id="pay">Payment details</h2><form method="post">%s%s%s%s<button class="wide" name="action" value="pay">%s</button></form></section>%s`,
		title, inTrouble(why), orderTable(s, lines), only(o.trialEnd != 0, h(`<p>Free until %s, then billed every %s.</p>`, day(o.trialEnd), o.items[0].price.Recurring.Interval)),
		s.codeForm(), e.whoFields(s, en), only(s.asksAddress(), whereFields(en)), only(card, cardFields(en.Card, slices.Contains(s.MethodTypes, "us_bank_account"))),
		only(!card, `<p>No payment method is needed today.</p>`), buttonText(s, o), only(s.CancelURL != "", h(`<p><a href="%s">Back</a></p>`, s.CancelURL)))
	status := http.StatusOK
	if why != "" {
		status = http.StatusUnprocessableEntity
	}
	return func() { writePage(w, status, title, body) }
}

func buttonText(s *checkoutSession, o order) string {
	if o.trialEnd != 0 {
		return "Start trial"
	}
	return "Subscribe"
}

func orderTable(s *checkoutSession, lines []*sessionLine) markup {
	row := func(name, amount string) markup {
		return h(`<tr><th scope="row">%s</th><td>%s</td></tr>`, name, amount)
	}
	return h(`<table><tbody>%s</tbody><tfoot>%s%s%s%s</tfoot></table>`,
		each(lines, func(l *sessionLine) markup {
			name := l.Description
			if l.Quantity != nil && *l.Quantity != 1 {
				name = fmt.Sprintf("%d × %s", *l.Quantity, name)
			}
			if l.Price.metered() {
				return row(name, "by usage")
			}
			return row(name+", "+l.Price.label(), dollars(l.Subtotal))
		}),
		row("Subtotal", dollars(s.Subtotal)), only(s.TotalDetails.Discount > 0, row("Discount", "-"+dollars(s.TotalDetails.Discount))),
		only(s.TotalDetails.Tax > 0, row("Tax", dollars(s.TotalDetails.Tax))), row("Total due today", dollars(s.Total)))
}

// codeForm lets somebody enter a promotion code, or take it back.
func (s *checkoutSession) codeForm() markup {
	switch {
	case s.AllowPromos == nil || !*s.AllowPromos:
		return ""
	case len(s.Discounts) > 0:
		return `<section><form method="post"><p>Your code is applied. <button class="plain" name="action" value="no_code">Remove it</button></p></form></section>`
	}
	return `<section><form method="post"><label for="code">Promotion code</label><input id="code" name="code" type="text" autocomplete="off">
<p><button class="plain" name="action" value="code">Apply</button></p></form></section>`
}

// whoFields ask who somebody is, as far as that is not known.
func (e *Engine) whoFields(s *checkoutSession, en entry) markup {
	email := s.Email
	if cu, ok := e.st.Customers.get(s.Customer); ok {
		return h(`<p>%s</p>`, orDefault(cu.Email, cu.Name))
	}
	if email != "" {
		return h(`<p>%s</p>`, email)
	}
	return h(`<label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required value="%s">
<label for="name">Name</label><input id="name" name="name" type="text" autocomplete="name" value="%s">`, en.Email, en.Name)
}

// whereFields ask where somebody lives.
func whereFields(en entry) markup {
	return h(`<label for="country">Country</label><select id="country" name="country">%s</select>
<label for="postal">Postal code</label><input id="postal" name="postal" type="text" autocomplete="postal-code" value="%s">
<p class="dim">In the sandbox there is tax of %d %% where the postal code begins with 9.</p>`,
		each([]string{"US", "CA", "GB", "DE", "FR"}, func(c string) markup {
			return h(`<option value="%s"%s>%s</option>`, c, only(c == en.Country, " selected"), c)
		}), en.Postal, taxPercent)
}

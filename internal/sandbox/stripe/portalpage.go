package stripe

import (
	"net/http"
	"slices"
)

// portalPage shows a customer what they have, and lets them change it.
func (e *Engine) portalPage(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var answer func()
	e.do(moment{reads: r.Method != http.MethodPost}, func() {
		v, ok := e.st.Visits.first(func(v *portalSession) bool { return v.Own.Token == token })
		if !ok || e.now() > v.Created+portalAge {
			answer = func() {
				noPage(w, http.StatusNotFound, "This page has expired", "Please go back and open it again.")
			}
			return
		}
		cu, _ := e.st.Customers.get(v.Customer)
		pc, _ := e.st.Portals.get(v.Configuration)
		if cu == nil || pc == nil || cu.Own.Deleted {
			answer = func() {
				noPage(w, http.StatusGone, "This page has expired", "There is nothing here any more.")
			}
			return
		}
		if r.Method != http.MethodPost {
			answer = e.showPortal(w, v, pc, cu, "")
			return
		}
		answer = e.portalForm(w, r, v, pc, cu)
	})
	answer()
}

// portalForm does what a button of the portal says.
func (e *Engine) portalForm(w http.ResponseWriter, r *http.Request, v *portalSession, pc *portalConfig, cu *customer) func() {
	var why trouble
	f := pc.Features
	switch r.PostFormValue("action") {
	case "card":
		why = "You cannot change how you pay here."
		if f.Methods.Enabled {
			why = e.replaceCard(cu, readEntry(r))
		}
	case "cancel", "renew":
		why = "You cannot cancel here."
		if f.Cancel.Enabled {
			why = e.portalCancel(r, pc, cu)
		}
	}
	if why != "" {
		return e.showPortal(w, v, pc, cu, why)
	}
	to := v.URL
	if v.Flow != nil && v.Flow.After.Type == "redirect" && v.Flow.After.Redirect != nil {
		to = v.Flow.After.Redirect.URL
	}
	return func() { goTo(w, r, to) }
}

// replaceCard makes another card the one that a customer pays with, for their
// subscriptions too.
func (e *Engine) replaceCard(cu *customer, en entry) trouble {
	pm := e.method(en)
	if pm == nil {
		return "Your card number is incorrect."
	}
	e.st.Methods.add(pm)
	if refused := e.attach(pm, cu); refused != nil {
		return trouble(refused.Message)
	}
	pm.Own.SetUp = pm.Own.Acts == authenticates // the page asked
	before := e.before(cu)
	cu.InvoiceSettings.DefaultPaymentMethod = pm.ID
	e.updated("customer.updated", cu, before)
	for _, sub := range e.st.Subs.where(func(s *subscription) bool { return s.Customer == cu.ID && !s.over() && s.DefaultMethod != "" }) {
		was := e.before(sub)
		sub.DefaultMethod = pm.ID
		e.updated("customer.subscription.updated", sub, was)
	}
	return ""
}

// portalCancel ends a subscription as the portal is set, or lets it go on.
func (e *Engine) portalCancel(r *http.Request, pc *portalConfig, cu *customer) trouble {
	sub, ok := e.st.Subs.get(r.PostFormValue("subscription"))
	if !ok || sub.Customer != cu.ID || sub.over() {
		return "There is no such subscription."
	}
	if sub.Schedule != "" {
		if sc, ok := e.st.Schedules.get(sub.Schedule); ok { // what was planned is off
			e.release(sc, sub)
		}
	}
	before := e.before(sub)
	ends := r.PostFormValue("action") == "cancel"
	if reason := r.PostFormValue("reason"); ends && slices.Contains(pc.Features.Cancel.Reason.Options, reason) {
		sub.Cancellation.Feedback = reason
	}
	if ends && pc.Features.Cancel.Mode == "immediately" {
		e.cancelNow(sub, pc.Features.Cancel.Proration == "always_invoice", pc.Features.Cancel.Proration != "none")
		return ""
	}
	refused := e.setCancel(sub, params{m: map[string]any{"cancel_at_period_end": truth(ends)}})
	e.updated("customer.subscription.updated", sub, before)
	if refused != nil {
		return trouble(refused.Message)
	}
	return ""
}

// showPortal renders the portal. A visit that is for one thing shows only that.
func (e *Engine) showPortal(w http.ResponseWriter, v *portalSession, pc *portalConfig, cu *customer, why trouble) func() {
	subs := e.st.Subs.where(func(s *subscription) bool { return s.Customer == cu.ID && !s.over() })
	shows := func(section string) bool { return v.Flow == nil || v.Flow.Type == section }
	if v.Flow != nil && v.Flow.Cancel != nil {
		subs = slices.DeleteFunc(subs, func(s *subscription) bool { return s.ID != v.Flow.Cancel.Subscription })
	}
	body := h(`<h1>%s</h1><p class="dim">%s</p>%s%s%s%s%s`, orDefault(pc.Business.Headline, "Your subscription"), orDefault(cu.Email, cu.Name), inTrouble(why),
		only(shows("subscription_cancel"), each(subs, func(s *subscription) markup { return e.portalSub(s, pc) })),
		only(shows("payment_method_update") && pc.Features.Methods.Enabled, e.portalCards(cu)),
		only(v.Flow == nil && pc.Features.Invoices.Enabled, e.portalInvoices(cu)),
		only(v.ReturnURL != "", h(`<p><a href="%s">Back</a></p>`, v.ReturnURL)))
	status := http.StatusOK
	if why != "" {
		status = http.StatusUnprocessableEntity
	}
	return func() { writePage(w, status, "Billing", body) }
}

func (e *Engine) portalSub(s *subscription, pc *portalConfig) markup {
	state := "Renews on " + day(s.periodEnd())
	action, text := "cancel", "Cancel"
	if at := s.ends(); at != 0 {
		state, action, text = "Ends on "+day(at), "renew", "Renew"
	}
	f := pc.Features.Cancel
	return h(`<section><h2>%s</h2><p>%s</p>%s</section>`, e.describeItems(s), state, only(f.Enabled, h(`<form method="post"><input type="hidden" name="subscription" value="%s">%s
<button class="plain" name="action" value="%s">%s</button></form>`, s.ID,
		only(f.Reason.Enabled && action == "cancel", h(`<label for="reason">Why?</label><select id="reason" name="reason"><option value="">No answer</option>%s</select>`,
			each(f.Reason.Options, func(o string) markup { return h(`<option>%s</option>`, o) }))), action, text)))
}

func (e *Engine) portalCards(cu *customer) markup {
	current := "There is no payment method."
	if pm := e.methodFor(cu, e.subMethods(cu)...); pm != nil {
		current = "You pay with " + pm.name() + "."
	}
	return h(`<section aria-labelledby="card"><h2 id="card">Payment method</h2><p>%s</p><form method="post">%s<button class="wide" name="action" value="card">Use this card</button></form></section>`,
		current, cardFields("", false))
}

// subMethods are what a customer's subscriptions are paid with.
func (e *Engine) subMethods(cu *customer) []string {
	var out []string
	for _, s := range e.st.Subs.where(func(s *subscription) bool { return s.Customer == cu.ID && !s.over() && s.DefaultMethod != "" }) {
		out = append(out, s.DefaultMethod)
	}
	return out
}

func (e *Engine) portalInvoices(cu *customer) markup {
	list := e.st.Invoices.where(func(in *invoice) bool { return in.Customer == cu.ID && in.Status != "draft" })
	return h(`<section aria-labelledby="invoices"><h2 id="invoices">Invoices</h2><table><tbody>%s</tbody></table></section>`,
		each(list, func(in *invoice) markup {
			return h(`<tr><td><a href="%s">%s</a></td><td>%s</td><td>%s</td></tr>`, in.HostedURL, day(in.Created), in.Status, dollars(in.Total))
		}))
}

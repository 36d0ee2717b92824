package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/plan"
)

const changePath = billing.PagePath + "/change"

// changeAddress is where moving to a plan is looked at before it is done.
func changeAddress(t plan.Tier) templ.SafeURL {
	return templ.SafeURL(changePath + "?tier=" + url.QueryEscape(string(t)))
}

// changing is what the page about a change of plan shows.
type changing struct {
	frame
	st      standing
	preview billing.Preview

	problem  string // why it could not be done
	declined bool   // the card was refused
}

// showChange says what a change would cost and mean, before it is made.
func (s *site) showChange(w http.ResponseWriter, r *http.Request, session account.Session) error {
	tier := plan.Tier(r.URL.Query().Get("tier"))
	st := s.standing(session.User)
	if st.on && tier == st.named().Tier && !(st.subscribed() && st.leaving()) {
		http.Redirect(w, r, billing.PagePath, http.StatusSeeOther) // there is nothing to change
		return nil
	}
	return s.showPreview(w, r, session.User, tier, http.StatusOK, changing{})
}

// showPreview shows the page for a tier, with what v has to say already.
func (s *site) showPreview(w http.ResponseWriter, r *http.Request, u account.User, tier plan.Tier, status int, v changing) error {
	var err error
	if v.preview, err = s.Billing.Preview(r.Context(), u, tier); err != nil {
		return err
	}
	v.st = s.standing(u)
	if v.frame, err = s.memberFrame(r, u, v.heading()); err != nil {
		return err
	}
	v.frame = v.titled(form{message: v.problem})
	s.show(w, r, status, changePage(v))
	return nil
}

// change moves somebody to another plan, at the price that they have seen. Where that
// price holds no more, or the card is refused, the page is shown again.
func (s *site) change(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	wish := billing.ChangeRequest{Tier: plan.Tier(f.value("tier"))}
	if at := f.value("at"); at != "" {
		if wish.At, err = time.Parse(time.RFC3339, at); err != nil {
			return s.showPreview(w, r, session.User, wish.Tier, httpkit.Status(fault.Invalid), changing{problem: staleQuote})
		}
	}
	before := session.User.Subscription
	after, err := s.Billing.Change(r.Context(), session.User, wish)
	switch {
	case errors.Is(err, billing.ErrDeclined):
		return s.showPreview(w, r, session.User, wish.Tier, httpkit.Status(fault.Upgrade),
			changing{problem: fault.From(err).Message, declined: true})
	case blames(err, "body.at"):
		return s.showPreview(w, r, session.User, wish.Tier, httpkit.Status(fault.Invalid), changing{problem: staleQuote})
	case err != nil:
		return err
	}
	http.Redirect(w, r, billing.PagePath+"?done="+changed(before, after.Subscription, wish.Tier), http.StatusSeeOther)
	return nil
}

const staleQuote = "The amount that you saw does not hold any more. Here is what it is now."

// blames reports whether an error is about a part of the input.
func blames(err error, location string) bool {
	if !fault.Is(err, fault.Invalid) {
		return false
	}
	for _, field := range fault.From(err).Fields {
		if field.Location == location {
			return true
		}
	}
	return false
}

// changed is what was done, as a word for the address: a key of billingNotices.
func changed(before, after plan.Subscription, tier plan.Tier) string {
	switch {
	case tier == plan.Buddy:
		return "cancelled"
	case tier == before.Tier:
		return "kept"
	case tier == after.Tier:
		return "changed"
	}
	return "change-planned"
}

// What the page is about.
func (v changing) cancels() bool { return v.st.subscribed() && v.preview.To.Tier == plan.Buddy }
func (v changing) keeps() bool   { return v.st.subscribed() && v.preview.To.Tier == v.st.Paid.Tier }

// heading is what the page is called.
func (v changing) heading() string {
	switch {
	case v.cancels():
		return "Cancel " + v.st.paidFor().Name
	case v.keeps():
		return "Keep " + v.preview.To.Name
	case !v.st.subscribed():
		return "Buy " + v.preview.To.Name
	}
	return "Change to " + v.preview.To.Name
}

// button says what pressing it does, and what that costs.
func (v changing) button() string {
	q := v.preview.Quote
	switch {
	case v.cancels(), v.keeps():
		return v.heading()
	case !v.preview.Now:
		return "Change on " + v.day(v.preview.At)
	case q.Now > 0:
		return "Pay " + v.cents(q.Now) + " and change now"
	}
	return "Change now"
}

// cents writes an amount of the quote.
func (v changing) cents(n int64) string { return cents(n, "usd") }

// day returns a day as the user's calendar shows it.
func (v changing) day(t time.Time) string { return v.st.day(t) }

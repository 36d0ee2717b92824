package web

import (
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// upgrade is what the page shows to somebody whose plan, cap or payment stands in the
// way of what they wanted.
type upgrade struct {
	frame
	message string
	plans   []plan.Plan // that include more
	feature plan.Feature
	link    string // where something can be done about it
	button  string
}

// upgradeOf reads what a fault of kind Upgrade carries.
func upgradeOf(fr frame, f *fault.Error) upgrade {
	v := upgrade{frame: fr, message: f.Message, link: plansPath, button: "Compare the plans"}
	v.title = "Your plan does not include that"
	if f.Offer != nil {
		v.feature, v.link, v.button = plan.Feature(f.Offer.Feature), f.Offer.URL, "Your plan and usage"
		for _, offered := range f.Offer.Plans {
			if p, ok := plan.Of(plan.Tier(offered.Tier)); ok {
				v.plans = append(v.plans, p)
			}
		}
	}
	switch f.Code {
	case billing.CodeCapped:
		v.title, v.button = "Your spending cap is reached", "Change my spending cap"
		v.link += "#cap"
	case billing.CodeOwed, billing.ErrDeclined.Code:
		v.title, v.plans = "There is a payment to make", nil
		v.link, v.button = billing.PortalPath, "Pay or change your card"
	}
	return v
}

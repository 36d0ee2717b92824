package plan

import "fmt"

// HasFeature reports whether the tier includes any of the feature. Unlimited
// counts as having it; an allowance of 0, and an unknown tier, as not.
func HasFeature(t Tier, f Feature) bool {
	p, ok := Of(t)
	return ok && p.Included[f] != 0
}

// Limit is the answer to "may one more be used?".
type Limit struct {
	Allowed   bool
	Overage   bool  // allowed, and it will cost the unit price
	Capped    bool  // refused by the spending cap alone
	Included  int64 // Unlimited for no end
	Remaining int64 // of what is included; Unlimited for no end
}

// CheckLimit says whether one more unit may be used by somebody on tier t who
// has used so many in the period. Past the allowance AI Secretary and AI Project
// Manager go on as overage, AI CTO has no end where it is unlimited, and
// everybody else is refused.
func CheckLimit(t Tier, f Feature, used int64) Limit {
	return Entitlement{Tier: t, Billable: true}.Check(f, used)
}

// Check is CheckLimit for this entitlement.
func (e Entitlement) Check(f Feature, used int64) Limit {
	p, ok := Of(e.Tier)
	if !ok {
		return Limit{}
	}
	included := p.Included[f]
	if included == Unlimited {
		return Limit{Allowed: true, Included: Unlimited, Remaining: Unlimited}
	}
	l := Limit{Included: included, Remaining: max(included-used, 0)}
	switch {
	case l.Remaining > 0:
		l.Allowed = true
	case e.Overage():
		l.Allowed, l.Overage = true, true
	}
	return l
}

var nouns = map[Feature]string{
	VoiceMinutes: "minutes of calls",
	SMSMessages:  "text messages",
	PhoneNumbers: "phone numbers",
}

// Words is what people call the feature.
func (f Feature) Words() string { return nouns[f] }

var units = map[Feature]string{
	VoiceMinutes: "minute of a call",
	SMSMessages:  "text message",
	PhoneNumbers: "phone number",
}

// One is what people call one unit of the feature.
func (f Feature) One() string { return units[f] }

// Upgrade is what to tell somebody whose plan does not include a feature, or not
// enough of it.
type Upgrade struct {
	Feature Feature
	Tier    Tier   // that they are on
	Plans   []Plan // that include more, cheapest first
	Message string
}

// UpgradeFrom says to somebody on tier t which plans bring the feature, or more of
// it.
func UpgradeFrom(t Tier, f Feature) Upgrade {
	u := Upgrade{Feature: f, Tier: t, Message: UpgradeMessage(f, t)}
	have, _ := Of(t)
	for _, p := range table {
		if more(p.Included[f], have.Included[f]) {
			u.Plans = append(u.Plans, p)
		}
	}
	return u
}

// UpgradeMessage says, to somebody on tier t, which plan brings the feature (or
// more of it), in sentences that can be shown or sent as they are.
func UpgradeMessage(f Feature, t Tier) string {
	have, _ := Of(t)
	for _, p := range table {
		if !more(p.Included[f], have.Included[f]) {
			continue
		}
		price := fmt.Sprintf("$%d a month", p.Price/Dollar)
		if p.Custom {
			price = "contact sales"
		}
		if have.Included[f] == 0 {
			return fmt.Sprintf("%s does not include %s. %s does (%s).", have.Name, nouns[f], p.Name, price)
		}
		return fmt.Sprintf("%s. %s includes more (%s).", spent(have, f), p.Name, price)
	}
	return fmt.Sprintf("No plan includes more %s than %s; contact us for more.", nouns[f], have.Name)
}

// spent says that a plan's allowance is used. Numbers are held, not used up.
func spent(p Plan, f Feature) string {
	switch n := p.Included[f]; {
	case f != PhoneNumbers:
		return fmt.Sprintf("The %d %s of %s are used up", n, nouns[f], p.Name)
	case n == 1:
		return fmt.Sprintf("The phone number of %s is in use", p.Name)
	default:
		return fmt.Sprintf("All %d phone numbers of %s are in use", n, p.Name)
	}
}

func more(a, b int64) bool {
	if b == Unlimited {
		return false
	}
	return a == Unlimited || a > b
}

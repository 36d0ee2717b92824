// Package plan is the four tiers: what each includes, what more costs, and what
// to say when something is not included. It is pure and the single source of
// truth: gating, pages, the API and the documents all read this table.
//
// The figures are the specification's ("Stripe Billing", "Products").
package plan

import (
	"fmt"
	"slices"
)

// Tier is the key of a plan, as stored and as in the API.
type Tier string

// The tiers, cheapest first.
const (
	Buddy     Tier = "ai_buddy"
	Secretary Tier = "ai_secretary"
	Manager   Tier = "ai_project_manager"
	CTO       Tier = "ai_cto"
)

// Feature is something a tier includes a quantity of.
type Feature string

// The metered features, in the order in which people see them.
const (
	VoiceMinutes Feature = "voice_minutes"
	SMSMessages  Feature = "sms_messages"
	PhoneNumbers Feature = "phone_numbers"
)

// Features lists the metered features in the order in which people see them.
var Features = []Feature{VoiceMinutes, SMSMessages, PhoneNumbers}

// Unlimited is the allowance that never ends.
const Unlimited int64 = -1

// Forever is the retention that never ends.
const Forever = -1

// NumberDays is for how many days numbers are kept when the plan that included them
// has ended.
const NumberDays = 14

// Plan is one row of the table.
type Plan struct {
	Tier     Tier
	Name     string
	Price    MicroDollars // a month; meaningless when Custom
	Custom   bool         // the price is agreed with sales; there is no self-service checkout
	Included map[Feature]int64
	Overage  bool // past the allowance usage goes on, at the unit price, for who can be billed
	// MemoryDays is how long memory is kept; Forever for no end.
	MemoryDays int
	// Personas is how many personas of one's own there may be, beside those that come
	// with the product; Unlimited for no end.
	Personas int64
	// MailsADay is how many recipients a day may be mailed by the user or by their
	// assistant, in the user's zone; Unlimited for no end. Mail about the account does
	// not count.
	MailsADay int64
	Summary   string   // one line, for the landing page
	Points    []string // what else it brings, for the landing page
}

// UnitPrices are what one unit past the allowance costs (specification,
// "Metered Usage"): a minute, a message, a number a month.
var UnitPrices = map[Feature]MicroDollars{
	VoiceMinutes: 13_000,
	SMSMessages:  8_000,
	PhoneNumbers: 2 * Dollar,
}

var table = []Plan{
	Plan{
		Tier: Buddy, Name: "AI Buddy", Price: 0,
		Included:   map[Feature]int64{VoiceMinutes: 0, SMSMessages: 0, PhoneNumbers: 0},
		Summary:    "Your tasks and what you asked to be remembered, in one place.",
		MemoryDays: 30, Personas: 3, MailsADay: 100,
	}.with("Reminders by mail"),
	Plan{
		Tier: Secretary, Name: "AI Secretary", Price: 40 * Dollar,
		Included: map[Feature]int64{VoiceMinutes: 500, SMSMessages: 500, PhoneNumbers: 1}, Overage: true,
		Summary:    "An assistant with a number of its own: text it, and it answers.",
		MemoryDays: 365, Personas: Unlimited, MailsADay: Unlimited,
	}.with("Reminders by text"),
	Plan{
		Tier: Manager, Name: "AI Project Manager", Price: 280 * Dollar,
		Included: map[Feature]int64{VoiceMinutes: 2000, SMSMessages: 2000, PhoneNumbers: 3}, Overage: true,
		Summary:    "For people who run several things at once.",
		MemoryDays: 730, Personas: Unlimited, MailsADay: Unlimited,
	}.with("Reminders by text"),
	Plan{
		Tier: CTO, Name: "AI CTO", Custom: true,
		Included:   map[Feature]int64{VoiceMinutes: Unlimited, SMSMessages: Unlimited, PhoneNumbers: 10},
		Summary:    "No ceilings, at a price that we agree on with you.",
		MemoryDays: Forever, Personas: Unlimited, MailsADay: Unlimited,
	}.with("Reminders by text"),
}

// with adds what else a plan brings. How long memory is kept follows from MemoryDays,
// so that the figure is written once.
func (p Plan) with(points ...string) Plan {
	p.Points = append(points, "Memory "+p.Retention())
	return p
}

// Retention says how long memory is kept: "kept for a year".
func (p Plan) Retention() string {
	switch p.MemoryDays {
	case Forever:
		return "without an end date"
	case 365:
		return "kept for a year"
	case 730:
		return "kept for two years"
	}
	return fmt.Sprintf("kept for %d days", p.MemoryDays)
}

// All returns the plans, cheapest first. The caller must not change them.
func All() []Plan { return table }

// Of returns the plan of a tier; ok is false for an unknown key.
func Of(t Tier) (p Plan, ok bool) {
	i := slices.IndexFunc(table, func(p Plan) bool { return p.Tier == t })
	if i < 0 {
		return table[0], false
	}
	return table[i], true
}

// Name returns what people call the tier.
func (t Tier) Name() string {
	p, _ := Of(t)
	return p.Name
}

// Valid reports whether t is one of the four.
func (t Tier) Valid() bool {
	_, ok := Of(t)
	return ok
}

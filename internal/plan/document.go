package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Document is docs/tier-features.md: the plans in full, for people, made of the same
// table that everything else follows.
func Document(c Costs) string {
	var b strings.Builder
	b.WriteString(documentHead)
	writeMatrix(&b)
	b.WriteString(documentRules)
	writeEnds(&b)
	b.WriteString(documentCosts)
	writeCosts(&b, c)
	b.WriteString(documentFloor)
	writeFloor(&b, c)
	return b.String()
}

// row is one line of the matrix: what it is about, and what it says of a plan.
type row struct {
	title string
	of    func(Plan) string
}

// matrix is what plans differ in.
var matrix = []row{
	{"key", func(p Plan) string { return "`" + string(p.Tier) + "`" }},
	{"price a month", Plan.priceWords},
	{"how it is bought", Plan.buying},
	{"minutes of calls a month *(calls to come)*", func(p Plan) string { return quantity(p.Included[VoiceMinutes]) }},
	{"texts sent a month", func(p Plan) string { return quantity(p.Included[SMSMessages]) }},
	{"numbers of the assistant's own", func(p Plan) string { return quantity(p.Included[PhoneNumbers]) }},
	{"one more minute", func(p Plan) string { return p.unitPrice(VoiceMinutes) }},
	{"one more text", func(p Plan) string { return p.unitPrice(SMSMessages) }},
	{"one more number, a month", func(p Plan) string { return p.unitPrice(PhoneNumbers) }},
	{"spending cap, unless another one is chosen", Plan.capWords},
	{"besides", func(p Plan) string { return strings.Join(p.Points, "; ") }},
	{"personas of one's own *(to come)*", func(p Plan) string { return quantity(p.Personas) }},
	{"recipients of outgoing mail a day *(to come)*", func(p Plan) string { return quantity(p.MailsADay) }},
}

func writeMatrix(b *strings.Builder) {
	b.WriteString("| |")
	for _, p := range table {
		b.WriteString(" " + p.Name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(table)) + "\n")
	for _, r := range matrix {
		b.WriteString("| " + r.title + " |")
		for _, p := range table {
			b.WriteString(" " + r.of(p) + " |")
		}
		b.WriteString("\n")
	}
}

// priceWords is what a plan costs a month, in words.
func (p Plan) priceWords() string {
	if p.Custom {
		return "agreed with sales"
	}
	return p.Price.String()
}

func (p Plan) buying() string {
	switch {
	case p.Custom:
		return "by writing to us"
	case p.Price == 0:
		return "everybody has it"
	}
	return "on the billing page"
}

// unitPrice is what one more of a feature costs on a plan.
func (p Plan) unitPrice(f Feature) string {
	switch {
	case p.Included[f] == Unlimited:
		return "included"
	case p.Overage:
		return UnitPrices[f].String()
	}
	return "none"
}

func (p Plan) capWords() string {
	c := CapFor(p.Tier, Cap{})
	if c.Limit == NoCap {
		return "none"
	}
	return c.Limit.String() + ", hard"
}

func quantity(n int64) string {
	if n == Unlimited {
		return "unlimited"
	}
	return strconv.FormatInt(n, 10)
}

// writeEnds says what happens when an allowance is used up.
func writeEnds(b *strings.Builder) {
	b.WriteString("| plan | when the allowance is used up |\n|---|---|\n")
	for i, names := 0, ""; i < len(table); i++ {
		names += table[i].Name
		if i+1 < len(table) && table[i+1].end() == table[i].end() {
			names += ", "
			continue
		}
		fmt.Fprintf(b, "| %s | %s |\n", names, table[i].end())
		names = ""
	}
}

func (p Plan) end() string {
	switch {
	case p.Overage:
		return fmt.Sprintf("calls and texts go on at %s a minute and %s a text, until the spending cap; on trial, under a grant, or while a payment is owed they stop",
			UnitPrices[VoiceMinutes], UnitPrices[SMSMessages])
	case p.Included[VoiceMinutes] == Unlimited:
		return "calls and texts have no end; numbers end with those that are included, more by agreement"
	}
	return "there is none: nobody is called or texted, and the answer names the plan that brings it"
}

func writeCosts(b *strings.Builder, c Costs) {
	b.WriteString("| name in `UNIT_COSTS` | default | what it is | where the default comes from |\n|---|---|---|---|\n")
	for _, l := range c.lines() {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", l.name, *l.amount, l.what, l.source)
	}
	b.WriteString("\n| one unit | sold for | costs |\n|---|---|---|\n")
	for _, f := range Features {
		fmt.Fprintf(b, "| a %s | %s | %s |\n", f.One(), UnitPrices[f], c.Of(f))
	}
	b.WriteString("\n| plan | sold for | its allowance used in full costs |\n|---|---|---|\n")
	for _, p := range table {
		cost := p.fullCost(c).String()
		if p.Included[VoiceMinutes] == Unlimited {
			cost = "no sum: it is unlimited"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", p.Name, p.priceWords(), cost)
	}
}

func writeFloor(b *strings.Builder, c Costs) {
	list := Floor(c)
	if len(list) == 0 {
		b.WriteString("Every price covers its cost.\n")
	}
	for _, f := range list {
		b.WriteString("- " + f.Message + "\n")
	}
}

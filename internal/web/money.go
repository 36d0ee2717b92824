package web

import (
	"strings"

	"xswarm.ai/server/internal/plan"
)

// cents writes an amount that was billed, in the smallest unit of its currency.
func cents(n int64, currency string) string {
	written := plan.Cents(n).String()
	if currency == "" || strings.EqualFold(currency, "usd") {
		return written
	}
	return strings.Replace(written, "$", "", 1) + " " + strings.ToUpper(currency)
}

// maxTyped is how many characters of an amount are read: more is no amount.
const maxTyped = 16

// amount reads dollars as people type them, in whole cents: "80", "$1,234.50".
func amount(typed string) (m plan.MicroDollars, ok bool) {
	typed = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(typed), "$"))
	_, rest, _ := strings.Cut(typed, ".")
	if len(typed) > maxTyped || len(rest) > 2 || strings.HasPrefix(typed, "$") {
		return 0, false
	}
	m, err := plan.ParseDollars(typed)
	return m, err == nil && m <= maxAmount
}

// maxAmount is the most that is read, far beyond what may be chosen.
const maxAmount = 1_000_000_000 * plan.Dollar

// typed writes an amount as it is put into a field.
func typed(m plan.MicroDollars) string {
	return strings.TrimSuffix(m.Dollars(), ".00")
}

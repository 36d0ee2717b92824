package web

import (
	"fmt"
	"strconv"
	"strings"

	"xswarm.ai/server/internal/plan"
)

// dollars writes an amount exactly: without cents when there are none, else with as
// many digits as it has, two at least.
func dollars(m plan.MicroDollars) string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	whole, rest := sign+"$"+thousands(int64(m/plan.Dollar)), m%plan.Dollar
	if rest == 0 {
		return whole
	}
	fraction := strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	if len(fraction) < 2 {
		fraction += "0"
	}
	return whole + "." + fraction
}

// cents writes an amount that was billed, in the smallest unit of its currency.
func cents(n int64, currency string) string {
	written := dollars(plan.MicroDollars(n) * cent)
	if currency == "" || strings.EqualFold(currency, "usd") {
		return written
	}
	return strings.Replace(written, "$", "", 1) + " " + strings.ToUpper(currency)
}

const cent = plan.Dollar / 100

// maxTyped is how many characters of an amount are read: more is no amount.
const maxTyped = 16

// amount reads dollars as people type them: "80", "$1,234.50". Commas are only taken
// where they part thousands, since elsewhere they are meant for a point.
func amount(typed string) (m plan.MicroDollars, ok bool) {
	typed = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(typed), "$"))
	whole, rest, pointed := strings.Cut(typed, ".")
	if len(typed) > maxTyped || pointed && (!digits(rest) || len(rest) > 2) {
		return 0, false
	}
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if !digits(g) || len(groups) > 1 && (len(g) > 3 || i > 0 && len(g) != 3) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(strings.Join(groups, "")+(rest + "00")[:2], 10, 64)
	if err != nil || n > maxAmount {
		return 0, false
	}
	return plan.MicroDollars(n) * cent, true
}

// maxAmount is the most cents that are read, far beyond what may be chosen.
const maxAmount = 100_000_000_000

// digits reports whether s is a number and nothing else.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// typed writes an amount as it is put into a field.
func typed(m plan.MicroDollars) string {
	return strings.TrimSuffix(m.Dollars(), ".00")
}

package plan

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MicroDollars is money: a millionth of a dollar. $0.008 is 8,000.
type MicroDollars int64

// Dollar is one dollar, and Cent a hundredth of it.
const (
	Dollar MicroDollars = 1_000_000
	Cent                = Dollar / 100
)

// Cents is an amount as bills have it, in whole cents.
func Cents(n int64) MicroDollars { return MicroDollars(n) * Cent }

// places is how many digits of a dollar there are behind the point.
const places = 6

// NoCap is the spending cap that is never reached.
const NoCap MicroDollars = -1

// Dollars writes the amount as a decimal string: "40.00", "0.008".
func (m MicroDollars) Dollars() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	s := fmt.Sprintf("%s%d.%06d", sign, m/Dollar, m%Dollar)
	for strings.HasSuffix(s, "0") && len(s)-strings.IndexByte(s, '.') > 3 {
		s = s[:len(s)-1]
	}
	return s
}

// String writes the amount as people read it: "$40", "$0.013", "$1,234.50".
func (m MicroDollars) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	whole, part, _ := strings.Cut(m.Dollars(), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if part == "00" {
		return sign + "$" + whole
	}
	return sign + "$" + whole + "." + part
}

// ErrNoAmount says that something is no amount of dollars.
var ErrNoAmount = errors.New("not an amount of dollars, like 25 or 0.013")

// ParseDollars reads a decimal amount, perhaps with a dollar sign before it and commas
// between its thousands: the way back from Dollars. It takes no sign, and no more than
// six digits behind the point. A comma anywhere else is refused: where it is written
// for the point, 10,5 is no hundred and five.
func ParseDollars(s string) (MicroDollars, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "$")
	whole, part, _ := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i < len(groups)-1 && (g == "" || len(g) > 3) {
			return 0, ErrNoAmount
		}
	}
	whole = strings.Join(groups, "")
	if whole == "" || len(part) > places || strings.HasSuffix(s, ".") {
		return 0, ErrNoAmount
	}
	part += strings.Repeat("0", places-len(part))
	w, err := strconv.ParseUint(whole, 10, 63)
	p, err2 := strconv.ParseUint(part, 10, 63)
	if err != nil || err2 != nil || w > math.MaxInt64/uint64(Dollar)-1 {
		return 0, ErrNoAmount
	}
	return MicroDollars(w)*Dollar + MicroDollars(p), nil
}

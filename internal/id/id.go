// Package id makes the product's identifiers: a prefix that says of what, and a
// body that sorts by time and cannot be guessed ("usr_01jd3k…").
package id

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// The prefixes. An id of one kind can never be taken for one of another.
const (
	User    = "usr"
	Session = "ses"
	Token   = "tok"
	Job     = "job"
	Phone   = "phn" // a user's own phone
	Number  = "num" // a number of the assistant
	Message = "msg"
	Task    = "tsk"
	Fact    = "fct"
	Usage   = "use"
	Audit   = "aud"
	Device  = "dev" // what somebody signs in with
	Move    = "mov" // an account on its way to another address

	Reservation = "rsv" // usage that is held
	Checkout    = "ord" // an order to pay for a plan
)

// New returns a fresh identifier: 48 bits of now (to the millisecond) and 80
// random bits, in lower-case Crockford base 32.
func New(prefix string, now time.Time) string {
	u := ulid.MustNew(ulid.Timestamp(now), rand.Reader)
	return prefix + "_" + strings.ToLower(u.String())
}

// Package account is who people are: sign-up, verified addresses, sign-in,
// sessions and devices, changing what of that is theirs to change, and what the
// operator may do: grant, disable, make operators.
//
// Nothing here tells whether an account exists: for a known and an unknown
// address the same statements run, the same hashes are computed, and the same
// jobs are stored; what differs is decided later, in the job.
//
// Secrets are never stored: passwords as PBKDF2 hashes, mailed tokens as their
// SHA-256, and the keys of limits and the places of devices as keyed hashes, so
// that neither a backup nor the queue of jobs lets anybody in, or says from where
// they came.
//
// It knows nothing of HTTP, mail vendors or SQL.
package account

import (
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// User is somebody with an account.
type User struct {
	ID            string
	Email         string // normalised
	EmailVerified bool
	Name          string
	Username      string    // "" until the address is verified
	TimeZone      string    // IANA name
	WishedPlan    plan.Tier // asked for at sign-up; grants nothing
	Grant         plan.Grant
	// Subscription is what they pay for: of several the one that counts, as last read
	// from the payment provider. CustomerID is what they are called there, "" before
	// they first went to pay.
	Subscription plan.Subscription
	CustomerID   string
	SpendingCap  plan.Cap // what they chose; plan.CapFor says what holds
	// Listed is the tier that lists show: what the user might use when that was last
	// stored. Entitlement says what holds.
	Listed       plan.Tier
	PasswordHash string
	JWTVersion   int64
	Operator     bool // may do what package operator lets operators do
	// DisabledAt and DisabledReason say when and why the operator closed the
	// account; zero: it is open.
	DisabledAt     time.Time
	DisabledReason string
	CreatedAt      time.Time
}

// Entitlement is what the user may use at a moment.
func (u User) Entitlement(now time.Time) plan.Entitlement {
	return plan.Entitle(u.Subscription, u.Grant, now)
}

// Location is the user's time zone; UTC if it is not known here.
func (u User) Location() *time.Location {
	if loc, err := time.LoadLocation(u.TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// The faults of this package. Each is one clear sentence; none of them tells
// whether an account exists to somebody who does not know its password.
var (
	ErrInvalidCredentials = fault.New(fault.Unauthenticated, "invalid_credentials",
		"The address or the password is wrong.")
	ErrEmailNotVerified = fault.New(fault.Forbidden, "email_not_verified",
		"Please confirm your address first: open the link in the mail we sent, or ask for a new one.")
	ErrInvalidToken = fault.New(fault.Invalid, "invalid_token",
		"This link is not valid any more: it has been used, it is too old, or it was cut off. Please ask for a new one.")
	ErrUnauthenticated = fault.New(fault.Unauthenticated, "unauthenticated",
		"Please sign in: there is no valid session.")
	ErrTooMany = fault.New(fault.TooMany, "too_many_requests",
		"That was tried too often. Please wait a little and try again.")
	ErrNoSession = fault.New(fault.NotFound, "not_found",
		"There is no such session: it has ended, or was never yours.")
	ErrNoMove = fault.New(fault.NotFound, "not_found",
		"No change of address is waiting to be confirmed.")
	ErrNoUser = fault.New(fault.NotFound, "not_found",
		"There is no such account.")
	ErrEmailTaken = fault.New(fault.Conflict, "email_taken",
		"There is an account with this address already.")
	ErrBusy = fault.New(fault.Unavailable, "busy",
		"We are very busy right now. Please try again in a moment.")
)

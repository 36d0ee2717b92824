package account

import (
	"context"
	"encoding/base64"
	"net/netip"
	"time"
)

// rule is how many tries a window allows; zero: as many as one likes.
type rule struct {
	most   int
	window time.Duration
}

// action is something that is not allowed too often: for a client, for a client
// at one account (both), and for an account from wherever. Accounts are counted
// by the address that was typed in, so one that does not exist has the same
// limits.
type action struct {
	name                  string
	client, both, account rule
}

// The table of limits. Signing in is counted for both, so that a stranger uses up
// only their own tries at somebody's account; the account's own limit is a
// ceiling for guessing from many places at once, and its window passes.
var (
	actSignUp = action{name: "sign_up", client: rule{10, time.Hour}, account: rule{5, time.Hour}}
	actResend = action{name: "resend", client: rule{20, time.Hour}, account: rule{5, time.Hour}}
	actForgot = action{name: "forgot", client: rule{20, time.Hour}, account: rule{5, time.Hour}}
	actReset  = action{name: "reset", client: rule{20, time.Hour}}
	actLogin  = action{name: "login", client: rule{30, 15 * time.Minute},
		both: rule{10, 15 * time.Minute}, account: rule{50, time.Hour}}
)

// Try is one use of a limit.
type Try struct {
	Key    string
	Most   int
	Window time.Duration
}

// Count is where a limit stands after a try.
type Count struct {
	Key   string
	N     int
	Until time.Time // the end of its window
}

// allow counts a try of an action, and returns ErrTooMany with the time to wait
// if it was one too many. client or email may be empty.
func (s *Service) allow(ctx context.Context, a action, client, email string) error {
	tries := s.tries(a, client, email)
	now := s.now()
	counts, err := s.store.CountTries(ctx, now, tries)
	if err != nil {
		return err
	}
	return Exceeded(now, tries, counts)
}

// Exceeded returns ErrTooMany, with the time to wait, if one of the tries was one
// too many by its count.
func Exceeded(now time.Time, tries []Try, counts []Count) error {
	var wait time.Duration
	for _, c := range counts {
		for _, t := range tries {
			if t.Key == c.Key && c.N > t.Most {
				wait = max(wait, c.Until.Sub(now))
			}
		}
	}
	if wait > 0 {
		return ErrTooMany.After(wait)
	}
	return nil
}

// tries lists the limits of an action, the client's first: it is the gate of the
// others. Those that do not apply have no key.
func (s *Service) tries(a action, client, email string) []Try {
	client = Network(client)
	try := func(r rule, scope, who string) Try {
		if r.most == 0 || who == "" {
			return Try{}
		}
		return Try{Key: s.limitKey(a, scope, who), Most: r.most, Window: r.window}
	}
	return []Try{
		try(a.client, "client", client),
		try(a.both, "both", atAccount(client, email)),
		try(a.account, "account", email),
	}
}

// atAccount is a client at one account.
func atAccount(client, email string) string {
	if client == "" || email == "" {
		return ""
	}
	return client + " " + email
}

// limitKey hides who it is about: no address lies in the table of limits.
func (s *Service) limitKey(a action, scope, who string) string {
	sum := mac(s.keys.limits, a.name+" "+scope+" "+who)
	return a.name + ":" + scope + ":" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Network is what counts as one client where tries are limited: an IPv4 address,
// or the /64 of an IPv6 one, which is what a single customer gets and can move
// about in at will.
func Network(client string) string {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return client
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	p, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return p.String()
}

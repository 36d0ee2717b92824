package account

import (
	"context"
	"encoding/base64"
	"net/netip"
	"time"
)

// rule is how many tries a window allows; zero: as many as one likes. A rule that
// grows allows most tries at once, and makes everyone after that wait.
type rule struct {
	most   int
	window time.Duration // of a rule that grows: how long after the last try all is forgotten
	grows  bool
}

// How long the next try has to wait once a rule that grows has been used up. The
// pause doubles with every try.
const (
	firstPause = time.Second
	mostPause  = 15 * time.Minute
)

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
// ceiling for guessing from many places at once, and its window passes. What is
// refused for both does not count for the account: nobody reaches its ceiling
// from one place.
var (
	actSignUp = action{name: "sign_up", client: rule{most: 10, window: time.Hour}, account: rule{most: 5, window: time.Hour}}
	actResend = action{name: "resend", client: rule{most: 20, window: time.Hour}, account: rule{most: 5, window: time.Hour}}
	actForgot = action{name: "forgot", client: rule{most: 20, window: time.Hour}, account: rule{most: 5, window: time.Hour}}
	actReset  = action{name: "reset", client: rule{most: 20, window: time.Hour}}
	actLogin  = action{name: "login", client: rule{most: 30, window: 15 * time.Minute},
		both: rule{most: 3, window: day, grows: true}, account: rule{most: 50, window: time.Hour}}
	actConfirm = action{name: "confirm_email", client: rule{most: 20, window: time.Hour}}
	actMove    = action{name: "change_email", client: rule{most: 20, window: time.Hour}, account: rule{most: 5, window: time.Hour}}
	actMoveTo  = action{name: "change_email_to", account: rule{most: 5, window: time.Hour}}
	actName    = action{name: "try_username", client: rule{most: 60, window: time.Hour}, account: rule{most: 30, window: time.Hour}}
	actRename  = action{name: "change_username", account: rule{most: 3, window: 30 * day}}
)

// Try is one use of a limit.
type Try struct {
	Key    string
	Most   int
	Window time.Duration
	Growth Growth // of a limit that grows; zero: it does not
}

// Growth makes every try beyond the first few wait: First after the last of
// those, twice as long after each one more, and never longer than Most.
type Growth struct{ First, Most time.Duration }

// Count is where a limit stands after a try.
type Count struct {
	Key     string
	N       int       // tries that were taken in
	Until   time.Time // the end of its window; if refused: when the next try is taken in
	Refused bool      // by a limit that grows: the try was too early, and does not count
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
			if t.Key == c.Key && (c.Refused || t.Growth == Growth{} && c.N > t.Most) {
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
		t := Try{Key: s.limitKey(a, scope, who), Most: r.most, Window: r.window}
		if r.grows {
			t.Growth = Growth{First: firstPause, Most: mostPause}
		}
		return t
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

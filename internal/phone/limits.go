package phone

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
)

// purchasesPerDay is how many numbers a user may buy in a day: the carrier charges
// a month for each at once, and the user pays by the day.
const purchasesPerDay = 10

// How many codes are sent in an hour: each costs money, and rings a phone that
// may not be the user's.
const (
	codesPerClient = 20
	codesPerUser   = 5
	codesPerNumber = 5
)

// allowCode counts a code that is asked for, and returns account.ErrTooMany with
// the time to wait if it is one too many.
func (s *Service) allowCode(ctx context.Context, userID, number, client string) error {
	try := func(scope, who string, most int) account.Try {
		if who == "" {
			return account.Try{}
		}
		return account.Try{Key: s.limitKey(scope, who), Most: most, Window: time.Hour}
	}
	tries := []account.Try{
		try("code:client", account.Network(client), codesPerClient),
		try("code:user", userID, codesPerUser),
		try("code:number", number, codesPerNumber),
	}
	return s.count(ctx, tries...)
}

// allowPurchase counts a number that is to be bought, likewise.
func (s *Service) allowPurchase(ctx context.Context, userID string) error {
	return s.count(ctx, account.Try{Key: s.limitKey("numbers", userID), Most: purchasesPerDay, Window: 24 * time.Hour})
}

func (s *Service) count(ctx context.Context, tries ...account.Try) error {
	now := s.now()
	counts, err := s.store.CountTries(ctx, now, tries)
	if err != nil {
		return fmt.Errorf("count what was asked for: %w", err)
	}
	return account.Exceeded(now, tries, counts)
}

// limitKey hides who it is about: no number lies in the table of limits.
func (s *Service) limitKey(scope, who string) string {
	mac := hmac.New(sha256.New, s.secrets[0])
	fmt.Fprintf(mac, "xswarm phone limit\x00%s\x00%s", scope, who)
	return scope + ":" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

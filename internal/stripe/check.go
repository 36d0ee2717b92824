package stripe

import (
	"context"
	"errors"
	"fmt"

	sdk "github.com/stripe/stripe-go/v85"
)

// Check asks Stripe whether the key is good, whether the account can take money, and
// whether events are sent to webhookURL ("" for no matter), and changes nothing. The
// error says what keeps people from paying; it never holds the key.
func (c *Client) Check(ctx context.Context, webhookURL string) error {
	account, err := call(ctx, c.sdk.V1Accounts.Retrieve, &sdk.AccountRetrieveParams{})
	if err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	if Mode(c.o.SecretKey) == ModeLive && !account.ChargesEnabled {
		return errors.New("stripe: the account may not take payments yet: finish its activation at Stripe")
	}
	if webhookURL == "" {
		return nil
	}
	is, err := c.endpoint(ctx, webhookURL)
	switch {
	case err != nil:
		return fmt.Errorf("list the webhook endpoints: %w", err)
	case is == nil:
		return fmt.Errorf("stripe: no webhook endpoint leads to %s: run xswarm setup stripe", webhookURL)
	case is.Status != "enabled":
		return fmt.Errorf("stripe: the webhook endpoint of %s is disabled: run xswarm setup stripe", webhookURL)
	}
	return nil
}

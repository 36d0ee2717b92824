package sendgrid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	sdk "github.com/sendgrid/sendgrid-go"
)

// Check asks SendGrid what the key may do, and changes nothing. The error says
// what keeps mail from being sent; it never holds the key.
func (c *Client) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	res, err := c.http.SendWithContext(ctx, sdk.GetRequest(c.options.APIKey, "/v3/scopes", c.options.BaseURL))
	if res == nil {
		return fmt.Errorf("sendgrid: not reached: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return verdict(res)
	}
	var answer struct{ Scopes []string }
	if json.Unmarshal([]byte(res.Body), &answer) != nil {
		return errors.New("sendgrid: the answer cannot be read")
	}
	if !slices.Contains(answer.Scopes, "mail.send") {
		return errors.New("sendgrid: the key may not send mail: give it the scope mail.send")
	}
	return nil
}

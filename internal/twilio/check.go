package twilio

import (
	"context"
	"errors"

	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Check asks Twilio whether the account has this number, and changes nothing. The
// error says what keeps texts from being sent; it holds neither the token nor the
// number.
func (c *Client) Check(ctx context.Context, number string) error {
	x := c.call(ctx)
	params := &api.ListIncomingPhoneNumberParams{}
	params.SetPhoneNumber(number).SetPageSize(numbersPage)
	page, err := x.api().PageIncomingPhoneNumber(params, "", "")
	if err != nil {
		return x.verdict(err, false)
	}
	for _, n := range page.IncomingPhoneNumbers { // Twilio's filter also finds longer ones
		if str(n.PhoneNumber) == number {
			return nil
		}
	}
	return errors.New("twilio: TWILIO_PHONE_NUMBER is no number of this account")
}

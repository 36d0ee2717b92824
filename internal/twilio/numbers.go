package twilio

import (
	"context"
	"errors"
	"net/http"

	api "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v1"

	"xswarm.ai/server/internal/phone"
)

// numbersPage is how many numbers are looked at: enough to find one that nobody
// else buys at the same moment. ownedPage is more than a user can have.
const (
	numbersPage = 20
	ownedPage   = 100
)

// NumbersOnSale is described by phone.Carrier.
func (c *Client) NumbersOnSale(ctx context.Context) ([]string, error) {
	x := c.call(ctx)
	params := &api.ListAvailablePhoneNumberTollFreeParams{}
	params.SetSmsEnabled(true).SetVoiceEnabled(true).SetPageSize(numbersPage)
	page, err := x.api().PageAvailablePhoneNumberTollFree("US", params, "", "")
	if err != nil {
		return nil, x.verdict(err, false)
	}
	var numbers []string
	for _, n := range page.AvailablePhoneNumbers {
		if number := str(n.PhoneNumber); number != "" {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// BuyNumber is described by phone.Carrier.
func (c *Client) BuyNumber(ctx context.Context, number, label string) (phone.Owned, error) {
	x := c.call(ctx)
	params := &api.CreateIncomingPhoneNumberParams{}
	params.SetPhoneNumber(number).SetFriendlyName(label)
	params.SetSmsUrl(c.CallbackBase + SMSPath + persistence).SetSmsMethod(http.MethodPost)
	n, err := x.api().CreateIncomingPhoneNumber(params)
	if err == nil && (str(n.Sid) == "" || str(n.PhoneNumber) == "") {
		err = errors.New("no sid")
	}
	if err != nil {
		return phone.Owned{}, x.verdict(err, true)
	}
	return phone.Owned{SID: str(n.Sid), Number: str(n.PhoneNumber)}, nil
}

// OwnedNumbers is described by phone.Carrier.
func (c *Client) OwnedNumbers(ctx context.Context, label string) ([]phone.Owned, error) {
	x := c.call(ctx)
	params := &api.ListIncomingPhoneNumberParams{}
	params.SetFriendlyName(label).SetPageSize(ownedPage)
	page, err := x.api().PageIncomingPhoneNumber(params, "", "")
	if err != nil {
		return nil, x.verdict(err, false)
	}
	var owned []phone.Owned
	for _, n := range page.IncomingPhoneNumbers {
		if str(n.FriendlyName) == label {
			owned = append(owned, phone.Owned{SID: str(n.Sid), Number: str(n.PhoneNumber)})
		}
	}
	return owned, nil
}

// ReleaseNumber is described by phone.Carrier. The SDK takes every answer below 400
// for a yes, and a page of somebody in between may be a 404 too.
func (c *Client) ReleaseNumber(ctx context.Context, o phone.Owned) error {
	x := c.call(ctx)
	err := x.api().DeleteIncomingPhoneNumber(o.SID, &api.DeleteIncomingPhoneNumberParams{})
	switch {
	case x.status == http.StatusNotFound && errorCode(err) == codeNotFound:
		return nil
	case err == nil && x.status >= 300:
		err = errors.New("a redirect")
	}
	return x.verdict(err, true)
}

// SMSState is described by phone.Carrier. A toll-free number may text once its
// verification is approved, and one that nobody has asked to verify is as far
// from it as one that waits.
func (c *Client) SMSState(ctx context.Context, o phone.Owned) (phone.SMSState, error) {
	x := c.call(ctx)
	params := &messaging.ListTollfreeVerificationParams{}
	params.SetTollfreePhoneNumberSid(o.SID).SetPageSize(numbersPage)
	page, err := x.messaging().PageTollfreeVerification(params, "", "")
	if err != nil {
		return "", x.verdict(err, false)
	}
	state, newest := phone.SMSPending, ""
	for _, v := range page.Verifications {
		switch str(v.Status) {
		case "TWILIO_APPROVED":
			return phone.SMSVerified, nil
		case "TWILIO_REJECTED":
			if newest == "" {
				state = phone.SMSRejected
			}
		}
		newest = str(v.Sid)
	}
	return state, nil
}

package twilio

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"xswarm.ai/server/internal/phone"
)

// states maps Twilio's words for an outbound message. What Twilio has queued, we
// call accepted: queued is ours, before Twilio has it.
var states = map[string]phone.State{
	"accepted": phone.Accepted, "scheduled": phone.Accepted, "queued": phone.Accepted,
	"sending": phone.Sending, "sent": phone.Sent,
	"delivered": phone.Delivered, "read": phone.Delivered,
	"undelivered": phone.Undelivered, "failed": phone.Failed, "canceled": phone.Canceled,
}

// SendText is described by phone.Carrier.
func (c *Client) SendText(ctx context.Context, t phone.Outgoing) (phone.Receipt, error) {
	x := c.call(ctx)
	params := &api.CreateMessageParams{}
	params.SetFrom(t.From).SetTo(t.To).SetBody(t.Body)
	params.SetStatusCallback(c.CallbackBase + StatusPath + "?message=" + url.QueryEscape(t.ID) + persistence)
	m, err := x.api().CreateMessage(params)
	if err == nil && !messageSID.MatchString(str(m.Sid)) {
		err = errors.New("no sid")
	}
	if err != nil {
		return phone.Receipt{}, x.verdict(err, true)
	}
	return receiptOf(m), nil
}

// findPage is how far back texts are looked for: so many between two numbers.
const findPage = 200

// FindTexts is described by phone.Carrier. Twilio is not asked to filter by date:
// its filter is on when a message was sent, which those that wait have not been.
func (c *Client) FindTexts(ctx context.Context, from, to, body string, since time.Time) ([]phone.Receipt, error) {
	x := c.call(ctx)
	params := &api.ListMessageParams{}
	params.SetFrom(from).SetTo(to).SetPageSize(findPage)
	page, err := x.api().PageMessage(params, "", "")
	if err != nil {
		return nil, x.verdict(err, false)
	}
	var found []phone.Receipt
	for i := range page.Messages {
		m := &page.Messages[i]
		r := receiptOf(m)
		if str(m.Body) == body && str(m.From) == from && str(m.To) == to && r.SID != "" &&
			strings.HasPrefix(str(m.Direction), "outbound") && !r.At.Before(since) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b phone.Receipt) int { return a.At.Compare(b.At) })
	return found, nil
}

func receiptOf(m *api.ApiV2010Message) phone.Receipt {
	r := phone.Receipt{SID: str(m.Sid), State: phone.Accepted}
	if s, ok := states[str(m.Status)]; ok {
		r.State = s
	}
	r.Segments, _ = strconv.Atoi(str(m.NumSegments)) // "0" is what it says before it knows
	r.At, _ = time.Parse(time.RFC1123Z, str(m.DateCreated))
	return r
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

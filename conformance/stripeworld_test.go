package conformance_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"xswarm.ai/server/conformance"
)

const (
	stripeKey = "sk_test_0123456789abcdef"
	midnight  = int64(1795305600) // 2026-11-22
)

// stubbed makes stripe-mock ready once for all tests: it takes a second.
var stubbed = sync.OnceValues(conformance.NewStub)

func stub(t *testing.T) *conformance.Stub {
	t.Helper()
	s, err := stubbed()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// repeated makes a request of Stripe's to its own stand-in.
func repeated(t *testing.T, q conformance.Request) exchange {
	t.Helper()
	x := exchange{Request: q, Answer: secondAPI(q)}
	if x.Status != 0 {
		return x
	}
	var err error
	if x.Answer, err = stub(t).Answer(q); err != nil {
		t.Fatal(err)
	}
	return x
}

// secondAPI answers for the API that stripe-mock does not know; nothing for the
// first.
func secondAPI(q conformance.Request) conformance.Answer {
	body := ""
	switch {
	case strings.HasPrefix(q.Path, "/v2/core/events/"):
		body = thinEvent
	case q.Path == "/v2/core/event_destinations" && q.Method == http.MethodGet:
		body = fmt.Sprintf(`{"data": [%s], "next_page_url": null, "previous_page_url": null}`, destination)
	case strings.HasPrefix(q.Path, "/v2/core/event_destinations"):
		body = destination
	default:
		return conformance.Answer{}
	}
	return conformance.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

// destination and thinEvent are in the shape of the vendor's documentation.
const (
	destination = `{
		"id": "ed_test_1", "object": "v2.core.event_destination", "created": "2026-11-22T09:00:00.000Z", "description": "xSwarm",
		"enabled_events": ["v1.billing.meter.error_report_triggered"], "event_payload": "thin", "events_from": ["@self"],
		"livemode": false, "metadata": {}, "name": "xSwarm", "snapshot_api_version": null, "status": "enabled", "status_details": null,
		"type": "webhook_endpoint", "updated": "2026-11-22T09:00:00.000Z",
		"webhook_endpoint": {"signing_secret": "whsec_1", "url": "https://xswarm.example/webhooks/stripe"}
	}`
	thinEvent = `{
		"id": "evt_test_1", "object": "v2.core.event", "context": null, "created": "2026-11-22T09:00:00.134Z", "livemode": false, "reason": null,
		"type": "v1.billing.meter.error_report_triggered",
		"related_object": {"id": "mtr_test_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_test_1"},
		"data": {
			"developer_message_summary": "There is 1 invalid event",
			"reason": {"error_count": 1, "error_types": [{
				"code": "meter_event_customer_not_found", "error_count": 1,
				"sample_errors": [{"error_message": "No customer found", "request": {"identifier": "voice:CA1"}}]
			}]},
			"validation_start": "2026-11-22T08:59:50.000Z", "validation_end": "2026-11-22T09:00:00.000Z"
		}
	}`
)

// stripeGet and stripePost make requests as the vendor's library does.
func stripeGet(path string, query ...string) conformance.Request {
	q := conformance.Request{Vendor: "stripe", Method: http.MethodGet, Path: path, Query: url.Values{}, Header: stripeHeader()}
	for i := 0; i < len(query); i += 2 {
		q.Query.Add(query[i], query[i+1])
	}
	return q
}

func stripePost(path, form string) conformance.Request {
	q := conformance.Request{Vendor: "stripe", Method: http.MethodPost, Path: path, Body: []byte(form), Header: stripeHeader()}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Idempotency-Key", "1")
	return q
}

func stripeHeader() http.Header {
	return http.Header{"Authorization": {"Bearer " + stripeKey}, "Stripe-Version": {conformance.StripeVersion}}
}

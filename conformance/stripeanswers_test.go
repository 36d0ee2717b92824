package conformance_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/conformance"
)

// later is what Stripe's description knows and the version that we ask for does not
// say yet. It is of the same release train, in which things are only added.
func later() []conformance.Exemption {
	var list []conformance.Exemption
	for _, part := range []string{"answer", "event"} {
		for key, rule := range map[string]string{
			"amount_paid_off_stripe":              "required", // invoice
			"billing_schedules":                   "required", // subscription
			"managed_payments":                    "example",  // subscription, checkout.session
			"payment_method_details.card.network": "required", // dispute
		} {
			list = append(list, conformance.Exemption{Vendor: "stripe", Part: part, Key: key, Rule: rule, Why: "is newer than " + conformance.StripeVersion})
		}
	}
	return list
}

// stubDefects are where stripe-mock does not answer as its own description has it.
func stubDefects() []conformance.Exemption {
	return []conformance.Exemption{
		{Vendor: "stripe", Part: "answer", Key: "items.0.plan", Rule: "undeclared", Why: "its example of a schedule has the older name of prices"},
		{Vendor: "stripe", Part: "event", Key: "data.object.aggregate_usage", Rule: "undeclared", Why: "its example of an event has an older plan"},
		{Vendor: "stripe", Part: "event", Key: "api_version", Rule: "const", Why: "its example of an event is of no version"},
		{Vendor: "stripe", Part: "answer", Key: "url", Rule: "link", Value: "/v1/billing/meters/id_123/event_summaries", Why: "its example of a list has another's path"},
	}
}

// eventDefects are those of its events.
func eventDefects() []conformance.Exemption {
	return []conformance.Exemption{
		{Vendor: "stripe", Part: "event", Key: "phases.0.items.0.plan", Rule: "undeclared", Why: "its example of a schedule has the older name of prices"},
	}
}

// stubbedAnswers are what stripe-mock answers to every call, without what it shows
// of platforms and of what nobody asked to see, neither of which we use.
func stubbedAnswers(t *testing.T) []exchange {
	t.Helper()
	all := paidRequests(t)
	for i, x := range all {
		x = repeated(t, x.Request)
		x.Answer.Body = edited(t, x.Answer.Body, func(m map[string]any) { tidy(m) })
		all[i] = x
	}
	return all
}

// tidy does so at any depth.
func tidy(value any) {
	switch v := value.(type) {
	case map[string]any:
		delete(v, "external_accounts")
		delete(v, "refunds")
		if _, ok := v["transfer_data"]; ok {
			v["transfer_data"] = nil
		}
		for _, inner := range v {
			tidy(inner)
		}
	case []any:
		for _, inner := range v {
			tidy(inner)
		}
	}
}

// The stand-in's answers are made from the vendor's own examples: what the check
// finds in them would be wrong in the check.
func TestTheVendorsOwnAnswersAreWithoutFault(t *testing.T) {
	b, known := book(t), conformance.NewExemptions(stubDefects()...)
	for _, x := range stubbedAnswers(t) {
		if found := known.Without("stripe", b.CheckAnswer(x.Request, x.Answer)); len(found) > 0 {
			t.Errorf("%s:%s\nin %s", x, conformance.List(found), x.Answer.Body)
		}
	}
	needed(t, known)
}

func needed(t *testing.T, known *conformance.Exemptions) {
	t.Helper()
	for _, e := range known.Unused() {
		t.Errorf("nothing has the defect %s %s %s any more: strike it", e.Vendor, e.Key, e.Rule)
	}
}

// What the vendor's library does not read is newer than the version that it is for.
func TestTheDescriptionIsAheadOfOurVersionInThisAndNothingElse(t *testing.T) {
	if stripe.APIVersion != conformance.StripeVersion {
		t.Fatalf("the library is for %s", stripe.APIVersion)
	}
	b, known := book(t), conformance.NewExemptions(slices.Concat(later(), stubDefects(), eventDefects())...)
	for _, x := range stubbedAnswers(t) {
		x.Answer.Body = edited(t, x.Answer.Body, func(m map[string]any) {
			if list, ok := m["data"].([]any); ok {
				for _, item := range list {
					forget(item, libraryType(t, item))
				}
			} else if strings.HasPrefix(x.Path, "/v1/") {
				forget(m, libraryType(t, m))
			}
		})
		if found := known.Without("stripe", b.CheckAnswer(x.Request, x.Answer)); len(found) > 0 {
			t.Errorf("%s:%s", x, conformance.List(found))
		}
	}
	for _, kind := range listened {
		event := eventAbout(t, kind, subjectOf(t, kind))
		object := inner(event, "data", "object")
		forget(object, libraryType(t, object))
		if found := known.Without("stripe", b.CheckEvent(marshalled(t, event))); len(found) > 0 {
			t.Errorf("%s:%s", kind, conformance.List(found))
		}
	}
	needed(t, known)
}

// stubbedObject returns an object as stripe-mock shows it.
func stubbedObject(t *testing.T, path string) map[string]any {
	t.Helper()
	a, err := stub(t).Answer(stripeGet(path))
	if err != nil || a.Status != 200 {
		t.Fatalf("%s: %d %s, %v", path, a.Status, a.Body, err)
	}
	var object map[string]any
	if err := json.Unmarshal(a.Body, &object); err != nil {
		t.Fatal(err)
	}
	tidy(object)
	return object
}

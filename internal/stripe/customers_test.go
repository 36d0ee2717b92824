package stripe

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/billing"
)

func TestACustomerIsMadeForAUserOnce(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/customers", 200, nobody)
	a.answers("POST /v1/customers", "customer.json")
	id, err := a.CreateCustomer(t.Context(), billing.NewCustomer{UserID: "usr_ada", Email: "ada@example.com", Name: "Ada", Key: "customer:usr_ada"})
	if err != nil || id != customer {
		t.Fatalf("got %q, %v", id, err)
	}
	q := a.only("POST", "/v1/customers")
	same(t, q.Form, map[string]string{"email": "ada@example.com", "name": "Ada", "metadata[user_id]": "usr_ada"})
	if got := q.Header.Get("Idempotency-Key"); got != "customer:usr_ada" {
		t.Errorf("the key is %q", got)
	}
}

// nobody is a list of customers with nobody in it.
const nobody = `{"object": "list", "url": "/v1/customers", "has_more": false, "data": []}`

func TestACustomerThatARequestWithoutAnAnswerMadeIsFound(t *testing.T) {
	a := newAccount(t)
	other := string(load(t, "customer.json", func(o object) { o["id"], o["metadata"] = "cus_other", object{"user_id": "usr_bob"} }))
	a.says("GET /v1/customers", 200, strings.Replace(nobody, "[]", "["+other+","+string(load(t, "customer.json"))+"]", 1))
	id, err := a.CreateCustomer(t.Context(), billing.NewCustomer{UserID: "usr_ada", Email: "ada@example.com", Key: "customer:usr_ada"})
	if err != nil || id != customer {
		t.Errorf("got %q, %v", id, err)
	}
	if a.changes() != 0 {
		t.Error("another one was made")
	}
	if got := a.only("GET", "/v1/customers").Query.Get("email"); got != "ada@example.com" {
		t.Errorf("looked for %q", got)
	}
}

func TestAnAddressCanBeSetBackAndForth(t *testing.T) {
	a := newAccount(t)
	a.answers("POST /v1/customers/{id}", "customer.json")
	keys := map[string]bool{}
	for _, email := range []string{"ada@example.com", "ada@lovelace.example", "ada@example.com"} {
		if err := a.UpdateCustomer(t.Context(), customer, email, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range a.asked("POST", "/v1/customers/"+customer) {
		keys[q.Header.Get("Idempotency-Key")] = true
	}
	if len(keys) != 3 {
		t.Errorf("the keys are %v: the third request would be answered as the first was", keys)
	}
	same(t, a.all[2].Form, map[string]string{"email": "ada@example.com", "name": ""})
}

func TestWhoseAnEventIsIsRead(t *testing.T) {
	for name, tc := range map[string]struct {
		event billing.Event
		path  string // that is read; "" for nothing
		file  string
		want  string
	}{
		"it says so":       {event: billing.Event{ObjectID: "in_1", CustomerID: "cus_1"}, want: "cus_1"},
		"a customer":       {event: billing.Event{ObjectID: "cus_2"}, want: "cus_2"},
		"a charge":         {event: billing.Event{ObjectID: "ch_3SwarmFebruary"}, path: "/v1/charges/ch_3SwarmFebruary", file: "charge.json", want: customer},
		"a dispute":        {event: billing.Event{ObjectID: "du_1Swarm"}, path: "/v1/disputes/du_1Swarm", file: "dispute.json", want: customer},
		"an invoice":       {event: billing.Event{ObjectID: "in_1SwarmFebruary"}, path: "/v1/invoices/in_1SwarmFebruary", file: "invoice.json", want: customer},
		"a checkout":       {event: billing.Event{ObjectID: "cs_test_a1Swarm"}, path: "/v1/checkout/sessions/cs_test_a1Swarm", file: "checkout_open.json", want: customer},
		"a refund":         {event: billing.Event{ObjectID: "re_1", Body: `{"data":{"object":{"charge":"ch_3SwarmFebruary"}}}`}, path: "/v1/charges/ch_3SwarmFebruary", file: "charge.json", want: customer},
		"a meter":          {event: billing.Event{ObjectID: "mtr_1", Body: `{"related_object":{"id":"mtr_1"}}`}},
		"nothing":          {event: billing.Event{}},
		"no body at all":   {event: billing.Event{ObjectID: "issfr_1", Body: "<html>"}},
		"a charge of none": {event: billing.Event{ObjectID: "re_1", Body: `{"data":{"object":{"charge":{"id":"ch_1"}}}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			if tc.path != "" {
				a.answers("GET "+tc.path, tc.file)
			}
			got, err := a.CustomerOf(t.Context(), tc.event)
			if err != nil || got != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

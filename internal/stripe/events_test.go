package stripe

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/billing"
)

func TestEveryKindOfEventIsAboutSomething(t *testing.T) {
	a := newAccount(t)
	seen := map[string]bool{}
	for _, k := range append(kinds(), thinKinds()...) {
		if seen[k.name] || a.About(k.name) != k.about || k.about == billing.AboutNothing {
			t.Errorf("%s is about %q", k.name, a.About(k.name))
		}
		seen[k.name] = true
	}
	for _, name := range []string{"", "customer.created", "invoice.upcoming", "payment_intent.succeeded", "customer.subscription"} {
		if got := a.About(name); got != billing.AboutNothing {
			t.Errorf("%q is about %q", name, got)
		}
	}
	if len(a.all) != 0 {
		t.Errorf("asked %v", a.all)
	}
}

func TestTheEventsOfTheSpecificationAreActedOn(t *testing.T) {
	for _, name := range []string{"checkout.session.completed", "customer.subscription.updated", "customer.subscription.deleted", "invoice.payment_failed"} {
		if !slices.Contains(names(kinds()), name) {
			t.Errorf("%s is not", name)
		}
	}
}

func TestEventsThatDidNotArriveAreListedOldestFirst(t *testing.T) {
	a := newAccount(t)
	first := true
	a.mux.HandleFunc("GET /v1/events", saySwitch(&first, load(t, "events.json"), []byte(nothing)))
	got, err := a.Events(t.Context(), jan15)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got[0].ID != "evt_1SwarmA" || got[0].Kind != "customer.deleted" || got[0].CustomerID != customer || got[0].ObjectID != customer {
		t.Errorf("the first is %+v", got[0])
	}
	if got[1].ID != "evt_1SwarmB" || got[1].ObjectID != "in_1SwarmFebruary" || got[1].CustomerID != customer || !got[1].HappenedAt.Equal(feb1.Add(3700*1e9)) {
		t.Errorf("the second is %+v", got[1])
	}
	if body := parse(t, got[1].Body); body["id"] != "evt_1SwarmB" || body["object"] != "event" {
		t.Errorf("its body is %s", got[1].Body)
	}
	var asked []string
	for _, q := range a.asked("GET", "/v1/events") {
		n := 0
		for name, values := range q.Query {
			if strings.HasPrefix(name, "types[") {
				asked = append(asked, values[0])
				n++
			}
		}
		if n > mostTypes || q.Query.Get("created[gte]") != "1768435200" {
			t.Errorf("asks for %v", q.Query)
		}
	}
	slices.Sort(asked)
	want := slices.Sorted(slices.Values(names(kinds())))
	if !slices.Equal(asked, want) {
		t.Errorf("asks for %v, want %v", asked, want)
	}
}

func TestAnEventThatCannotBeReadIsAnError(t *testing.T) {
	a := newAccount(t)
	a.mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(object{"object": "list", "has_more": false, "data": []any{object{"id": "x"}}})
	})
	if _, err := a.Events(t.Context(), jan15); err == nil {
		t.Error("no error")
	}
}

package conformance_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox"
)

// carriedOut are the requests of the tour that were, each kind of them once.
func carriedOut(t *testing.T) []exchange {
	t.Helper()
	return slices.DeleteFunc(distinct(t, toured(t).exchanges), func(x exchange) bool { return x.Status != http.StatusOK })
}

var place = regexp.MustCompile(`\[[0-9]*\]`)

// spoilt are a form and what can be wrong with it: each of its parameters left out, of
// another kind, too long or unknown, in one place at a time.
func spoilt(form url.Values) map[string]url.Values {
	out := map[string]url.Values{}
	with := func(what string, key string, edit func(url.Values)) {
		changed := maps.Clone(form)
		delete(changed, key)
		edit(changed)
		out[what+" "+place.ReplaceAllString(key, "[]")] = changed
	}
	with("unknown", "", func(f url.Values) { f.Set("colour", "blue") })
	for key := range form {
		with("without", key, func(url.Values) {})
		with("words for", key, func(f url.Values) { f.Set(key, "perhaps!") })
		with("a tome for", key, func(f url.Values) { f.Set(key, strings.Repeat("x", 6000)) })
		with("an object for", key, func(f url.Values) { f.Set(key+"[colour]", "blue") })
		if i := strings.LastIndex(key, "["); i > 0 && !place.MatchString(key[i:]) {
			with("unknown beside", key, func(f url.Values) { f.Set(key[:i]+"[colour]", "blue") })
		}
	}
	return out
}

// isGap reports whether a list leaves a place out, which the description says nothing
// of.
func isGap(f conformance.Finding) bool {
	return f.Rule == "form" && strings.Contains(f.Says, "missing in the list")
}

// formIn returns the parameters of a request, and the request with others.
func formIn(q conformance.Request) (url.Values, func(url.Values) conformance.Request) {
	if q.Method != http.MethodPost {
		return q.Query, func(f url.Values) conformance.Request { q.Query = f; return q }
	}
	form, _ := url.ParseQuery(string(q.Body)) // the library has written it
	return form, func(f url.Values) conformance.Request {
		q.Body = []byte(f.Encode())
		q.Header = q.Header.Clone()
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return q
	}
}

func TestWhatStripesDescriptionRefusesItsEmulatorRefuses(t *testing.T) {
	b, w := book(t), newWorld(t) // where there is nothing, which is looked for later
	refused, known := 0, map[string]bool{}
	for _, x := range carriedOut(t) {
		if !strings.HasPrefix(x.Path, "/v1/") {
			continue
		}
		o, _, _ := b.Find(x.Vendor, x.Method, x.Path)
		form, with := formIn(x.Request)
		for what, changed := range spoilt(form) {
			name, q := o.String()+": "+what, with(changed)
			found := slices.DeleteFunc(b.CheckRequest(q), isGap)
			if known[name] || len(found) == 0 {
				continue
			}
			known[name] = true
			refused++
			got := w.ask(q)
			gone := got.Status == http.StatusNotFound && strings.HasSuffix(what, " expand[]") // it is looked for first
			if got.Status != http.StatusBadRequest && !gone {
				t.Errorf("%s: the emulator answers %d to %v, and the description refuses it:%s", name, got.Status, changed, conformance.List(found))
				continue
			}
			if found := b.CheckRefusal(q, got.Answer); len(found) > 0 {
				t.Errorf("%s:%s\nin %s", name, conformance.List(found), got.Answer.Body)
			}
		}
	}
	if refused < 500 {
		t.Errorf("only %d requests were tried", refused)
	}
	if len(w.Violations()) == 0 {
		t.Error("none of it is noted as a violation")
	}
}

func TestWhatCannotBeWholeStripesEmulatorRefusesToExpand(t *testing.T) {
	b, w := book(t), newWorld(t)
	id := (&sights{world: w}).customer("pm_card_visa")
	for _, path := range []string{"colour", "email", "metadata", "invoice_settings.default_payment_method.colour", "a.b.c.d.e"} {
		refusedByBoth(t, b, w, path, paymentOf(http.MethodGet, "/v1/customers/"+id, "expand[]", path))
		refusedByBoth(t, b, w, "data."+path, paymentOf(http.MethodGet, "/v1/customers", "expand[]", "data."+path))
	}
}

// The second API takes JSON.
func TestWhatTheSecondAPIDoesNotDescribeItsEmulatorRefuses(t *testing.T) {
	const destinations = "/v2/core/event_destinations"
	b, w := book(t), newWorld(t)
	body := `{"name": "xSwarm", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": ["v1.billing.meter.no_meter_found"],
		"metadata": {"a": "b"}, "webhook_endpoint": {"url": "https://xswarm.example"}, "include": ["webhook_endpoint.url"]}`
	made := text(w.secondPayment("POST "+destinations, body), "id")
	for name, spoil := range map[string]func(object){
		"no name":                                func(o object) { delete(o, "name") },
		"no type":                                func(o object) { delete(o, "type") },
		"no events":                              func(o object) { delete(o, "enabled_events") },
		"an empty list of events":                func(o object) { o["enabled_events"] = []any{} },
		"one event":                              func(o object) { o["enabled_events"] = "v1.billing.meter.no_meter_found" },
		"events by number":                       func(o object) { o["enabled_events"] = []any{1} },
		"a payload of its own":                   func(o object) { o["event_payload"] = "fat" },
		"an unknown key":                         func(o object) { o["colour"] = "blue" },
		"an unknown key inside":                  func(o object) { inner(o, "webhook_endpoint")["colour"] = "blue" },
		"an address without one":                 func(o object) { inner(o, "webhook_endpoint")["url"] = "xswarm" },
		"a name that is a number":                func(o object) { o["name"] = 1 },
		"notes that are numbers":                 func(o object) { inner(o, "metadata")["a"] = 1 },
		"something to include that there is not": func(o object) { o["include"] = []any{"colour"} },
	} {
		q := secondOf(http.MethodPost, destinations, string(edited(t, []byte(body), spoil)))
		refusedByBoth(t, b, w, name, q)
	}
	for name, q := range map[string]conformance.Request{
		"half a document":     secondOf(http.MethodPost, destinations, `{"name":`),
		"a type that stays":   secondOf(http.MethodPost, destinations+"/"+made, `{"type": "webhook_endpoint"}`),
		"an unknown change":   secondOf(http.MethodPost, destinations+"/"+made, `{"status": "disabled"}`),
		"an unknown filter":   paymentOf(http.MethodGet, destinations, "status", "enabled"),
		"no page of a list":   paymentOf(http.MethodGet, destinations, "limit", "0"),
		"a limit in words":    paymentOf(http.MethodGet, "/v2/core/events", "limit", "all"),
		"a strange inclusion": paymentOf(http.MethodGet, destinations, "include[0]", "colour"),
	} {
		refusedByBoth(t, b, w, name, q)
	}
}

func refusedByBoth(t *testing.T, b *conformance.Book, w *world, name string, q conformance.Request) {
	t.Helper()
	if len(b.CheckRequest(q)) == 0 {
		t.Errorf("%s: the description does not refuse it: it does not belong here", name)
	}
	got := w.ask(q)
	if got.Status != http.StatusBadRequest {
		t.Errorf("%s: the emulator answers %d %s", name, got.Status, got.Answer.Body)
		return
	}
	if found := b.CheckRefusal(q, got.Answer); len(found) > 0 {
		t.Errorf("%s:%s\nin %s", name, conformance.List(found), got.Answer.Body)
	}
}

func TestOutagesOfStripeLookAsItDescribes(t *testing.T) {
	b, w, all := book(t), newWorld(t), carriedOut(t)
	want, tried := map[string]bool{}, map[string]bool{}
	for _, o := range stripeOperations {
		want[o.String()] = true
		i := slices.IndexFunc(all, func(x exchange) bool {
			found, _, _ := b.Find(x.Vendor, x.Method, x.Path)
			return found.String() == o.String()
		})
		if i < 0 {
			continue // which is told below
		}
		tried[o.String()] = true
		for _, kind := range []string{"429", "500", "503"} {
			if _, err := w.AddFault(sandbox.Fault{Vendor: "stripe", Operation: o.name, Next: 1, Kind: kind}); err != nil {
				t.Fatalf("%s: %v", o.name, err)
			}
			x := w.ask(all[i].Request)
			if got, _ := json.Number(kind).Int64(); int64(x.Status) != got {
				t.Errorf("%s answers %d to %s, want %s", o.name, x.Status, o, kind)
			}
			if found := b.CheckRefusal(x.Request, x.Answer); len(found) > 0 {
				t.Errorf("%s %s:%s\nin %s", o.name, kind, conformance.List(found), x.Answer.Body)
			}
		}
	}
	differ(t, "is not on the tour", want, tried)
}

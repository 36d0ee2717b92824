package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheSameViolationIsCounted(t *testing.T) {
	w := newWorld(t)
	send := func(to, nick string) {
		body := `{"personalizations":[{"to":[{"email":"first@example.com"}]},{"to":[` + to + `{"email":"ada@example.com","nick":"` + nick + `"}]}],
			"from":{"email":"a@b.org"},"subject":"s","content":[{"type":"text/plain","value":"x"}]}`
		if status, got := w.request("POST", "/sandbox/vendors/sendgrid/v3/mail/send", "Bearer "+testKey, "application/json", body); status != http.StatusAccepted {
			t.Fatalf("got %d %v, want 202", status, got)
		}
	}
	send("", "old")
	w.pass(time.Minute)
	send(`{"email":"eve@example.com"},`, `<b>`)
	got := w.data("/sandbox/api/violations")
	if len(got) != 1 {
		t.Fatalf("got %v, want one", got)
	}
	v := got[0]
	if v["count"] != 2.0 || v["field"] != "personalizations.1.to.1.nick" || v["first_at"] != "2026-11-22T09:00:00Z" || v["at"] != "2026-11-22T09:01:00Z" {
		t.Errorf("got %v, want it twice, with the latest field", v)
	}
	if excerpt := v["request"].(string); !strings.HasPrefix(excerpt, "personalizations.1.to.1: {") || !strings.Contains(excerpt, "ada@example.com") || strings.Contains(excerpt, "eve") || strings.Contains(excerpt, "subject") {
		t.Errorf("got %q, want the part of the request that it is in", excerpt)
	}
	if _, _, page := w.page("/sandbox/violations"); !strings.Contains(page, "2 times") || strings.Contains(page, "<b>") {
		t.Error("the page does not count, or does not escape")
	}
}

func TestValuesBeyondTheDescriptionsLimitsAreViolations(t *testing.T) {
	w := newWorld(t)
	list := "/sandbox/vendors/twilio/2010-04-01/Accounts/" + testSID + "/Messages.json"
	for query, want := range map[string]string{
		"?PageSize=1000&Page=0":             "",
		"?PageSize=1001":                    "PageSize is not within the description's limits",
		"?PageSize=0":                       "PageSize is not within the description's limits",
		"?Page=-1":                          "Page is not within the description's limits",
		"?PageSize=many":                    "PageSize is not a whole number",
		"?To=%2B12025550101&To=%2B12025550": "To is given more than once",
		"?DateSent=soon":                    "DateSent is neither a day like 2026-11-22 nor a time like 2026-11-22T10:00:00Z",
	} {
		w.Reset()
		w.request("GET", list+query, basic(testToken), "", "")
		var got []string
		for _, v := range w.Violations() {
			got = append(got, v.Field+" "+v.Problem)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	w.Reset()
	form := "To=%2B12025550101&From=%2B18335550199&Body=" + strings.Repeat("x", 1000) + "&SendAt=tomorrow&MediaUrl=https%3A%2F%2Fa.example%2Fa&MediaUrl=https%3A%2F%2Fa.example%2Fb"
	if status, body := w.request("POST", list, basic(testToken), "application/x-www-form-urlencoded", form); status != http.StatusBadRequest || body["code"] != 20001.0 {
		t.Fatalf("got %d %v, want it refused for its value", status, body)
	}
	v := w.Violations()
	if len(v) != 1 || v[0].Field != "SendAt" || !strings.Contains(v[0].Request, "SendAt=tomorrow") || len([]rune(v[0].Request)) > maxExcerpt {
		t.Errorf("got %+v, want SendAt alone, with a short excerpt", v)
	}
}

func TestWithoutViolationsThePageSaysWhatItIsFor(t *testing.T) {
	w := newWorld(t)
	if status, _, page := w.page("/sandbox/violations"); status != http.StatusOK || !strings.Contains(page, "None. Every request so far was just as the vendors describe it.") {
		t.Errorf("got %d, want a page that explains", status)
	}
}

func TestAFrequentViolationPushesNothingOut(t *testing.T) {
	w := newWorld(t)
	w.violated("twilio", opMessageList, []Violation{{Field: "Rare", Problem: "is not in the description"}})
	for range keep + 1 {
		w.violated("twilio", opMessageCreate, []Violation{{Field: "Often", Problem: "is not in the description"}})
	}
	groups := grouped(w.Violations())
	if len(groups) != 2 || groups[0].List[0].Count != keep+1 || groups[1].List[0].Field != "Rare" {
		t.Errorf("got %+v, want both, the latest first", groups)
	}
}

// An excerpt is short, whatever the request is.
func FuzzAround(f *testing.F) {
	f.Add(`{"a":{"b":[1,{"c":"d"}]}}`, "a.b.1.c")
	f.Add(`{"a.b":1}`, "a.b")
	f.Add(`[[[[[[["x"]]]]]]]`, "0.0.0.0")
	f.Fuzz(func(t *testing.T, raw, path string) {
		var body any
		if decodeJSON(strings.NewReader(raw), &body) != nil {
			return
		}
		if got := shortened(around(body, path), maxExcerpt); len([]rune(got)) > maxExcerpt+1 {
			t.Errorf("got %d characters, want at most %d", len([]rune(got)), maxExcerpt+1)
		}
	})
}

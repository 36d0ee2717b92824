package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// finds are the kinds in which a search finds something, with how much.
func (w *world) finds(query string) string {
	w.t.Helper()
	var out []string
	for _, f := range w.data("/sandbox/api/search?q=" + url.QueryEscape(query)) {
		if total := f["total"].(float64); total > 0 {
			out = append(out, fmt.Sprint(f["kind"], " ", total))
		}
	}
	return strings.Join(out, ", ")
}

func TestOneBoxSearchesEverything(t *testing.T) {
	w := newWorld(t)
	w.SetProduct(&aProduct{})
	w.mail(aLetter())
	text := w.receive("What’s on my LIST, please?")
	w.pass(time.Second)
	for query, want := range map[string]string{
		"ada@example.com":        "mail 1, user 1",
		"Please CONFIRM":         "mail 1",
		"verify-email?token=abc": "mail 1",
		"job_1":                  "mail 1",
		"verify":                 "mail 1",
		"list please":            "text 1, webhook 1",
		"list confirm":           "",
		text.SID:                 "text 1, webhook 1",
		w.lastWebhook().ID:       "webhook 1",
		w.Mails()[0].ID:          "mail 1",
		ada:                      "text 1, webhook 1, user 1",
		"(202) 555-0101":         "text 1, webhook 1, user 1",
		"833.555.0199":           "text 1, webhook 1, user 1",
		"BOB":                    "user 1",
		"usr_2":                  "user 1",
		text.SID[2:5]:            "", // letters of an identifier are in others by chance
		"nothing like this":      "",
		"":                       "",
		"  ":                     "",
	} {
		if got := w.finds(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
		if status, _, page := w.page("/sandbox/search?q=" + url.QueryEscape(query)); status != http.StatusOK || (want == "") == strings.Contains(page, "<mark>") {
			t.Errorf("%q: the page shows something else than %q", query, want)
		}
	}
	hit := w.data("/sandbox/api/search?q=list")[1]["hits"].([]any)[0].(map[string]any)
	excerpt := hit["excerpt"].([]any)
	if hit["id"] != text.SID || hit["field"] != "text" || hit["href"] != textHref(text.SID) || fmt.Sprint(excerpt...) != "What’s on my LIST, please?" || excerpt[1] != "LIST" {
		t.Errorf("got %v, want the text and where it says so", hit)
	}
}

func TestASearchShowsTheNewestAndCountsTheOthers(t *testing.T) {
	w := newWorld(t)
	for i := range maxFound + 5 {
		w.receive(fmt.Sprint("needle ", i))
	}
	texts := w.data("/sandbox/api/search?q=needle")[1]
	hits := texts["hits"].([]any)
	if len(hits) != maxFound || texts["total"] != float64(maxFound+5) || hits[0].(map[string]any)["excerpt"].([]any)[2] != fmt.Sprint(" ", maxFound+4) {
		t.Errorf("got %d of %v, first %v, want %d of %d, newest first", len(hits), texts["total"], hits[0], maxFound, maxFound+5)
	}
	if _, _, page := w.page("/sandbox/search?q=needle"); !strings.Contains(page, "The latest 20.") {
		t.Error("the page does not say that there are more")
	}
}

func TestASearchThatCannotBeSaysWhy(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{strings.Repeat("x", maxQuery+1), "\xff"} {
		path := "search?q=" + url.QueryEscape(query)
		if status, body := w.call("GET", "/sandbox/api/"+path, ""); status != http.StatusUnprocessableEntity || body["code"] != "invalid_request" {
			t.Errorf("%.10q: got %d %v, want 422", query, status, body)
		}
		if status, _, page := w.page("/sandbox/" + path); status != http.StatusUnprocessableEntity || !strings.Contains(page, "at most 200 characters") || strings.Contains(page, "xxxxx") {
			t.Errorf("%.10q: got %d, want a page with 422 and why", query, status)
		}
	}
	if status, _ := w.call("GET", "/sandbox/api/search?q="+strings.Repeat("%C3%A9", maxQuery), ""); status != http.StatusOK {
		t.Errorf("as long as it may be: got %d, want 200", status)
	}
	p := &aProduct{err: fmt.Errorf("the disk is full")}
	w.SetProduct(p)
	if status, _, page := w.page("/sandbox/search?q=x"); status != http.StatusInternalServerError || strings.Contains(page, "disk") {
		t.Errorf("a broken product: got %d, want 500 that tells nothing", status)
	}
}

// Whatever is looked for in whatever text, what is shown is of that text, whole
// characters only.
func FuzzSearch(f *testing.F) {
	f.Add("What’s on my LIST?", "list")
	f.Add("İstanbul K", "i\u0307 k")
	f.Add("ßẞſ", "ss")
	f.Add("0", "0 00")
	f.Add("+1 202 555 0101", "(202) 555-0101")
	f.Fuzz(func(t *testing.T, text, query string) {
		w := sought{strings.Fields(strings.ToLower(query))}
		if n := asNumber(query); n != "" {
			w = append(w, []string{n})
		}
		_, parts, ok := w.in([]field{{"text", text}})
		shown := strings.Join(parts[:], "")
		if !ok && shown != "" {
			t.Errorf("%q in %q: got %q of nothing", query, text, shown)
		}
		if utf8.ValidString(text) && !strings.Contains(text, strings.TrimSuffix(strings.TrimPrefix(shown, "…"), "…")) || !utf8.ValidString(shown) {
			t.Errorf("%q in %q: got %q, which is not in it", query, text, shown)
		}
	})
}

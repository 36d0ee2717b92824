package conformance_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/stripe"
)

// eventHook is an event of Stripe's as the product is told of it.
type eventHook struct {
	path   string
	header http.Header
	body   []byte
}

// toldOfEvent is the product's end of Stripe's webhooks.
func (w *world) toldOfEvent(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, eventHook{r.URL.Path, r.Header.Clone(), body})
}

// toldEvents returns the events that the product was told of.
func (w *world) toldEvents() []eventHook {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

// eventSecrets are what the product is told with, by where it is told. What is sent
// elsewhere was set up by the adapter, and has a secret of its own.
var eventSecrets = map[string]string{stripe.WebhookPath: eventSecret, stripe.EventsPath: thinSecret}

var typeInSource = regexp.MustCompile(`"([a-z_0-9]+(?:\.[a-z_0-9]+)+)"`)

// emitted are the events that the emulator's source names.
func emitted(t *testing.T, b *conformance.Book) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../internal/sandbox/stripe/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the emulator is not where it was: %v", err)
	}
	out := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range typeInSource.FindAllSubmatch(source, -1) {
			if name := string(m[1]); b.IsEvent(name) {
				out[name] = true
			}
		}
	}
	return out
}

func TestTheProductIsToldOfEventsAsStripeDescribes(t *testing.T) {
	b, heard := book(t), map[string]bool{}
	for _, h := range slices.Concat(paid(t).events, toured(t).events) {
		secret := eventSecrets[h.path]
		if secret == "" {
			continue
		}
		if found := b.CheckStripeHook(secret, h.header, h.body); len(found) > 0 {
			t.Errorf("told at %s:%s\nin %.3000s", h.path, conformance.List(found), h.body)
		}
		heard[text(decoded(t, h.body), "type")] = true
	}
	want := emitted(t, b)
	differ(t, "is in the emulator, and never told", want, heard)
	differ(t, "is told, and not found in the emulator's source", heard, want)
}

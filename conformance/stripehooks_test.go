package conformance_test

import (
	"io"
	"net/http"
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

// heardEvents returns the events that the product was told of since the last call.
func (w *world) heardEvents() []eventHook {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

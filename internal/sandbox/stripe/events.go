package stripe

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// event is something that happened. It is kept as it was written then.
type event struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Created int64           `json:"created"`
	About   string          `json:"about"` // the object's identifier
	Body    json.RawMessage `json:"body"`
}

func (ev *event) ident() string { return ev.ID }

func (ev *event) shown() any { return ev.Body }

// eventBody is an event as Stripe writes it, with the object as it was then.
type eventBody struct {
	base
	APIVersion string       `json:"api_version"`
	Data       eventData    `json:"data"`
	Pending    int          `json:"pending_webhooks"`
	Request    eventRequest `json:"request"`
	Type       string       `json:"type"`
}

type eventData struct {
	Object   map[string]any `json:"object"`
	Previous map[string]any `json:"previous_attributes,omitempty"`
}

// eventRequest is the request that caused the event, if one did.
type eventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

// emit notes that something happened to an object.
func (e *Engine) emit(kind string, object any) {
	if !e.dry {
		e.tell(kind, e.rendered(object), nil)
	}
}

// before is an object as it is before it changes, for updated.
func (e *Engine) before(object any) map[string]any {
	if e.dry {
		return nil
	}
	return e.rendered(object)
}

// updated notes that an object changed, if it did. What it held before is told by
// the events that are called so, and by no others.
func (e *Engine) updated(kind string, object any, before map[string]any) {
	if e.dry {
		return
	}
	after := e.rendered(object)
	previous := difference(before, after)
	if len(previous) == 0 {
		return
	}
	if !strings.HasSuffix(kind, ".updated") {
		previous = nil
	}
	e.tell(kind, after, previous)
}

// tell stores an event and makes a webhook of it for each endpoint that wants it.
func (e *Engine) tell(kind string, object, previous map[string]any) {
	body := &eventBody{base: e.made(id24("evt_"), "event"), APIVersion: Version, Type: kind,
		Data: eventData{object, previous}, Request: eventRequest{orNil(e.moment.request), orNil(e.moment.idemKey)}}
	var to []*endpoint
	for _, we := range e.st.Endpoints.rows {
		if we.Status == "enabled" && (slices.Contains(we.EnabledEvents, kind) || slices.Contains(we.EnabledEvents, "*")) {
			to = append(to, we)
		}
	}
	dests := e.snapshotDests(kind)
	body.Pending = len(to) + len(dests)
	compact, _ := json.Marshal(e.render(body))
	ev := &event{ID: body.ID, Type: kind, Created: body.Created, Body: compact}
	ev.About, _ = object["id"].(string)
	e.st.Events.add(ev)
	var written bytes.Buffer
	json.Indent(&written, compact, "", "  ")
	hook := Event{ID: ev.ID, Type: kind, Body: written.Bytes(), Created: time.Unix(ev.Created, 0).UTC(), Object: ev.About}
	for _, we := range to {
		hook.URL, hook.Secret = we.URL, we.Own.Secret
		e.cause = append(e.cause, hook)
	}
	for _, d := range dests {
		hook.URL, hook.Secret = d.Own.URL, d.Own.Secret
		e.cause = append(e.cause, hook)
	}
}

// snapshotDests are the destinations of the /v2 API that want an event in full.
func (e *Engine) snapshotDests(kind string) []*destination {
	return e.st.Dests.where(func(d *destination) bool {
		return d.Status == "enabled" && d.EventPayload == "snapshot" && (slices.Contains(d.EnabledEvents, kind) || slices.Contains(d.EnabledEvents, "*"))
	})
}

// settle ends a cause: its webhooks leave in an order that nobody promised.
func (e *Engine) settle() {
	e.order.Shuffle(len(e.cause), func(i, j int) { e.cause[i], e.cause[j] = e.cause[j], e.cause[i] })
	e.out = append(e.out, e.cause...)
	e.cause = nil
	e.st.trim()
}

// difference is what the keys that changed held before. Objects are compared key
// by key, lists as a whole.
func difference(before, after map[string]any) map[string]any {
	out := map[string]any{}
	for k, now := range after {
		was, ok := before[k]
		if ok && reflect.DeepEqual(was, now) {
			continue
		}
		a, isMap := was.(map[string]any)
		b, isMap2 := now.(map[string]any)
		if isMap && isMap2 {
			out[k] = difference(a, b)
			continue
		}
		out[k] = was
	}
	for k, was := range before {
		if _, ok := after[k]; !ok {
			out[k] = was
		}
	}
	return out
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (e *Engine) getEvent(c *call) (any, *apiError) {
	if ev, ok := e.st.Events.get(c.id); ok {
		return ev.Body, nil
	}
	return nil, missing("event", c.id, "id")
}

func (e *Engine) listEvents(c *call) (any, *apiError) {
	c.filters("created", "type")
	types := c.strs("types")
	if c.has("type") && len(types) > 0 {
		return nil, bad("types", "", "You may only specify one of these parameters: type, types.")
	}
	return page(c, "event", "/v1/events", e.st.Events.where(func(ev *event) bool {
		return c.inTime("created", ev.Created) && matchesType(c.str("type"), ev.Type) &&
			(len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return matchesType(t, ev.Type) }))
	}))
}

// matchesType reports whether an event has the type of a filter, which may be of
// a group: invoice.*.
func matchesType(filter, kind string) bool {
	if n := len(filter); n > 1 && filter[n-1] == '*' {
		return len(kind) >= n-1 && kind[:n-1] == filter[:n-1]
	}
	return filter == "" || filter == kind
}

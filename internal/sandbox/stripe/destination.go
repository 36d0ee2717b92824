package stripe

import "slices"

// destination is where the events of the /v2 API are sent to.
type destination struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	Created         string       `json:"created"`
	Updated         string       `json:"updated"`
	Livemode        bool         `json:"livemode"`
	Name            string       `json:"name"`
	Description     string       `json:"description"`
	EnabledEvents   []string     `json:"enabled_events"`
	EventPayload    string       `json:"event_payload"`
	EventsFrom      []string     `json:"events_from"`
	Metadata        labels       `json:"metadata"`
	SnapshotVersion string       `json:"snapshot_api_version,omitempty"`
	Status          string       `json:"status"`
	StatusDetails   *disabledWhy `json:"status_details"`
	Type            string       `json:"type"`
	Webhook         *destHook    `json:"webhook_endpoint,omitempty"` // what of it was asked for
	Own             struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	} `json:"_"`
}

func (d *destination) ident() string { return d.ID }

type destHook struct {
	URL    string `json:"url,omitempty"`
	Secret string `json:"signing_secret,omitempty"`
}

type disabledWhy struct {
	Disabled struct {
		Reason string `json:"reason"`
	} `json:"disabled"`
}

func (e *Engine) createDestination(c *call) (any, *apiError) {
	if refused := checkDestination(c, true); refused != nil {
		return nil, refused
	}
	now := v2Time(e.moment.at)
	d := &destination{ID: newID("ed_test_61", 24), Object: "v2.core.event_destination", Created: now, Updated: now,
		EventPayload: c.str("event_payload"), EventsFrom: []string{"@self"}, SnapshotVersion: c.str("snapshot_api_version"),
		Status: "enabled", Type: c.str("type")}
	d.Own.Secret = newID("whsec_test_", 32)
	if refused := e.setDestination(c, d); refused != nil {
		return nil, refused
	}
	e.st.Dests.add(d)
	return d.shown(c.strs("include"), true), nil
}

func (e *Engine) setDestination(c *call, d *destination) *apiError {
	if refused := c.metadata(&d.Metadata); refused != nil {
		return refused
	}
	c.set("name", &d.Name)
	c.set("description", &d.Description)
	c.sub("webhook_endpoint").set("url", &d.Own.URL)
	if c.has("enabled_events") {
		d.EnabledEvents = c.strs("enabled_events")
	}
	d.Updated = v2Time(e.moment.at)
	return nil
}

// shown is a destination with what was asked to be included. Its secret can be
// seen when it is made, and never again.
func (d *destination) shown(include []string, isNew bool) *destination {
	out := *d
	var hook destHook
	if slices.Contains(include, "webhook_endpoint.url") {
		hook.URL = d.Own.URL
	}
	if isNew && slices.Contains(include, "webhook_endpoint.signing_secret") {
		hook.Secret = d.Own.Secret
	}
	if hook != (destHook{}) {
		out.Webhook = &hook
	}
	return &out
}

// aDestination runs f with the destination in the path.
func (e *Engine) aDestination(c *call, f func(*destination) *apiError) (any, *apiError) {
	d, ok := e.st.Dests.get(c.id)
	if !ok {
		return nil, v2Missing(c.id)
	}
	if refused := f(d); refused != nil {
		return nil, refused
	}
	return d.shown(append(c.strs("include"), c.query.strs("include")...), false), nil
}

func (e *Engine) getDestination(c *call) (any, *apiError) {
	return e.aDestination(c, func(*destination) *apiError { return nil })
}

func (e *Engine) updateDestination(c *call) (any, *apiError) {
	return e.aDestination(c, func(d *destination) *apiError {
		if refused := checkDestination(c, false); refused != nil {
			return refused
		}
		return e.setDestination(c, d)
	})
}

func (e *Engine) enableDestination(c *call) (any, *apiError) {
	return e.aDestination(c, func(d *destination) *apiError {
		d.Status, d.StatusDetails, d.Updated = "enabled", nil, v2Time(e.moment.at)
		return nil
	})
}

func (e *Engine) disableDestination(c *call) (any, *apiError) {
	return e.aDestination(c, func(d *destination) *apiError {
		d.Status, d.StatusDetails, d.Updated = "disabled", &disabledWhy{}, v2Time(e.moment.at)
		d.StatusDetails.Disabled.Reason = "user"
		return nil
	})
}

func (e *Engine) deleteDestination(c *call) (any, *apiError) {
	if _, ok := e.st.Dests.get(c.id); !ok {
		return nil, v2Missing(c.id)
	}
	e.st.Dests.remove(c.id)
	return map[string]any{"id": c.id, "object": "v2.core.event_destination"}, nil
}

func (e *Engine) listDestinations(c *call) (any, *apiError) {
	if refused := checkInclude(c.query.strs("include")); refused != nil {
		return nil, refused
	}
	rows := e.st.Dests.all()
	for i, d := range rows {
		rows[i] = d.shown(c.query.strs("include"), false)
	}
	return v2Page(c, "/v2/core/event_destinations", rows, "include")
}

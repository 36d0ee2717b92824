package stripe

import "strings"

// Tell sees to it that an address is told of every event, signed with a secret
// that both sides know beforehand.
func (e *Engine) Tell(address, secret string) {
	e.do(moment{}, func() {
		for _, we := range e.st.Endpoints.rows {
			if we.URL == address {
				we.Own.Secret = secret
				return
			}
		}
		we := &endpoint{
			base: e.made(id24("we_"), "webhook_endpoint"), Status: "enabled", APIVersion: Version,
			URL: address, EnabledEvents: []string{"*"}, Description: "made by the sandbox",
		}
		we.Own.Secret = secret
		e.st.Endpoints.add(we)
	})
}

// TellThin is Tell for the events of the /v2 API.
func (e *Engine) TellThin(address, secret string) {
	e.do(moment{}, func() {
		for _, d := range e.st.Dests.rows {
			if d.Own.URL == address {
				d.Own.Secret = secret
				return
			}
		}
		now := v2Time(e.moment.at)
		d := &destination{
			ID: newID("ed_test_61", 24), Object: "v2.core.event_destination", Created: now, Updated: now, Name: "sandbox",
			Description: "made by the sandbox", EventPayload: "thin", EventsFrom: []string{"@self"}, Status: "enabled", Type: "webhook_endpoint",
			EnabledEvents: []string{"v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"},
		}
		d.Own.URL, d.Own.Secret = address, secret
		e.st.Dests.add(d)
	})
}

// Follow changes the addresses below one that has moved.
func (e *Engine) Follow(old, now string) {
	move := func(address *string) {
		if rest, ok := strings.CutPrefix(*address, old); ok {
			*address = now + rest
		}
	}
	e.do(moment{}, func() {
		for _, we := range e.st.Endpoints.rows {
			move(&we.URL)
		}
		for _, d := range e.st.Dests.rows {
			move(&d.Own.URL)
		}
	})
}

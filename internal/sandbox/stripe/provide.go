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
func (e *Engine) TellThin(address, secret string) {}

// Follow changes the addresses below one that has moved.
func (e *Engine) Follow(old, now string) {
	e.do(moment{}, func() {
		for _, we := range e.st.Endpoints.rows {
			if rest, ok := strings.CutPrefix(we.URL, old); ok {
				we.URL = now + rest
			}
		}
	})
}

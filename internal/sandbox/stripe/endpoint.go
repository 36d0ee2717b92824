package stripe

import (
	"net/url"
	"slices"
)

// endpoint is an address that events are sent to.
type endpoint struct {
	base
	APIVersion    string   `json:"api_version,omitempty"`
	Description   string   `json:"description,omitempty"`
	EnabledEvents []string `json:"enabled_events"`
	Metadata      labels   `json:"metadata"`
	Secret        string   `json:"secret,omitempty"` // in the answer to its creation only
	Status        string   `json:"status"`
	URL           string   `json:"url"`
	Own           struct {
		Secret string `json:"secret"`
	} `json:"_"`
}

func (e *Engine) createEndpoint(c *call) (any, *apiError) {
	we := &endpoint{base: e.made(id24("we_"), "webhook_endpoint"), Status: "enabled", APIVersion: c.str("api_version")}
	we.Own.Secret = newID("whsec_", 32)
	if we.APIVersion != "" && we.APIVersion != Version {
		return nil, bad("api_version", "", "Invalid API version: the sandbox writes events in %s only.", Version)
	}
	if refused := e.setEndpoint(c.params, we); refused != nil {
		return nil, refused
	}
	e.st.Endpoints.add(we)
	shown := *we
	shown.Secret = we.Own.Secret
	return &shown, nil
}

func (e *Engine) setEndpoint(p params, we *endpoint) *apiError {
	if u, err := url.Parse(p.str("url")); p.has("url") && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return bad("url", "url_invalid", "Invalid URL: An explicit scheme (such as https) must be provided.")
	}
	events := p.strs("enabled_events")
	if p.has("enabled_events") {
		if len(events) == 0 {
			return unsettable("enabled_events")
		}
		if slices.Contains(events, "*") && len(events) > 1 {
			return bad("enabled_events", "", "If you want to enable all events, pass only `*`.")
		}
		we.EnabledEvents = events
	}
	if refused := p.metadata(&we.Metadata); refused != nil {
		return refused
	}
	p.set("url", &we.URL)
	p.set("description", &we.Description)
	if p.has("disabled") {
		we.Status = map[bool]string{true: "disabled", false: "enabled"}[p.flag("disabled")]
	}
	return nil
}

func (e *Engine) getEndpoint(c *call) (any, *apiError) {
	if we, ok := e.st.Endpoints.get(c.id); ok {
		return we, nil
	}
	return nil, missing("webhook endpoint", c.id, "webhook_endpoint")
}

func (e *Engine) updateEndpoint(c *call) (any, *apiError) {
	we, ok := e.st.Endpoints.get(c.id)
	if !ok {
		return nil, missing("webhook endpoint", c.id, "webhook_endpoint")
	}
	changed := *we
	if refused := e.setEndpoint(c.params, &changed); refused != nil {
		return nil, refused
	}
	*we = changed
	return we, nil
}

func (e *Engine) deleteEndpoint(c *call) (any, *apiError) {
	if _, ok := e.st.Endpoints.get(c.id); !ok {
		return nil, missing("webhook endpoint", c.id, "webhook_endpoint")
	}
	e.st.Endpoints.remove(c.id)
	return gone{c.id, "webhook_endpoint", true}, nil
}

func (e *Engine) listEndpoints(c *call) (any, *apiError) {
	return page(c, "webhook endpoint", "/v1/webhook_endpoints", e.st.Endpoints.all())
}

package stripe

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// destinationKeys are what a request may say of a destination, and of which
// types it must be.
var destinationKeys = map[string]string{
	"name": "string", "description": "string", "enabled_events": "list", "event_payload": "string", "events_from": "list",
	"include": "list", "metadata": "object", "snapshot_api_version": "string", "type": "string", "webhook_endpoint": "object",
}

// isOf reports whether a value is of a type, and all that is in it is text.
func isOf(want string, v any) bool {
	isText := func(v any) bool { _, ok := v.(string); return ok }
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return want == "list" && !slices.ContainsFunc(v, func(item any) bool { return !isText(item) })
	case map[string]any:
		for _, inner := range v {
			if inner != nil && !isText(inner) {
				return false
			}
		}
		return want == "object"
	}
	return want == "string" && isText(v)
}

// includable are the parts of a destination that are shown on demand.
var includable = []string{"webhook_endpoint.signing_secret", "webhook_endpoint.url"}

func checkInclude(include []string) *apiError {
	for _, part := range include {
		if !slices.Contains(includable, part) {
			return v2Bad("invalid_fields", "The field include must be one of "+strings.Join(includable, ", ")+".")
		}
	}
	return nil
}

// checkDestination checks a body, of which Stripe's description says nothing.
func checkDestination(c *call, creates bool) *apiError {
	for _, k := range slices.Sorted(maps.Keys(c.m)) {
		want, ok := destinationKeys[k]
		if !ok || !creates && slices.Contains([]string{"event_payload", "events_from", "snapshot_api_version", "type"}, k) {
			return v2Bad("unknown_field", "Received unknown field: "+k)
		}
		if !isOf(want, c.m[k]) {
			return v2Bad("invalid_fields", "The field "+k+" must be a "+want+".")
		}
	}
	for k := range c.sub("webhook_endpoint").m {
		if k != "url" {
			return v2Bad("unknown_field", "Received unknown field: webhook_endpoint."+k)
		}
	}
	if refused := checkInclude(c.strs("include")); refused != nil {
		return refused
	}
	if creates {
		if refused := checkNewDestination(c); refused != nil {
			return refused
		}
	}
	u, err := url.Parse(c.sub("webhook_endpoint").str("url"))
	if (creates || c.has("webhook_endpoint")) && (err != nil || u.Host == "") {
		return v2Bad("invalid_fields", "The field webhook_endpoint.url must be an address.")
	}
	if c.has("enabled_events") && len(c.strs("enabled_events")) == 0 {
		return v2Bad("invalid_fields", "The field enabled_events must not be empty.")
	}
	return nil
}

// checkNewDestination checks what has to be said when a destination is made, and
// never again.
func checkNewDestination(c *call) *apiError {
	for _, k := range []string{"name", "type", "event_payload", "enabled_events"} {
		if !c.has(k) {
			return v2Bad("missing_fields", "Missing required field: "+k)
		}
	}
	if !slices.Contains([]string{"thin", "snapshot"}, c.str("event_payload")) {
		return v2Bad("invalid_fields", "The field event_payload must be one of snapshot, thin.")
	}
	if c.str("type") != "webhook_endpoint" {
		return v2Bad("invalid_fields", "The sandbox has destinations of the type webhook_endpoint only.")
	}
	return nil
}

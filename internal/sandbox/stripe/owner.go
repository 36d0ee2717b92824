package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Ask runs an operation, POST /v1/customers, for the account's owner, who sits
// before it and needs no key, and reads its answer into a value, which may be nil.
// Faults and violations are the product's matter: nothing of that kind befalls the
// owner. A refusal is a *Refusal.
func (e *Engine) Ask(operation string, form url.Values, into any) error {
	rt, id, ok := routeTo(operation)
	if !ok {
		return fmt.Errorf("stripe: there is no operation %s", operation)
	}
	c := &call{id: id, version: Version}
	c.moment = moment{request: newID("req_", 14), operation: rt.Name, reads: rt.Method == http.MethodGet}
	tree, refused := readForm(form.Encode())
	if refused == nil {
		c.params, refused = e.specs.check(rt.Name, tree)
		c.query = c.params // where the /v2 API looks
	}
	var body []byte
	if refused == nil {
		e.do(c.moment, func() {
			var answer any
			if answer, refused = rt.handle(e, c); refused == nil {
				body, refused = e.write(c, answer)
			}
		})
	}
	if refused != nil {
		return refusal(refused)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// routeTo finds an operation by its method and path, and what stands in the path.
func routeTo(operation string) (rt apiRoute, id string, ok bool) {
	method, path, _ := strings.Cut(operation, " ")
	parts := strings.Split(path, "/")
	for _, candidate := range apiRoutes() {
		want := strings.Split(candidate.Path, "/")
		if candidate.Method != method || len(want) != len(parts) {
			continue
		}
		at := slices.IndexFunc(want, func(part string) bool { return strings.HasPrefix(part, "{") })
		if at >= 0 {
			want[at] = parts[at]
		}
		if !slices.Equal(want, parts) {
			continue
		}
		if at < 0 {
			return candidate, "", true // /v1/customers/search is nobody's identifier
		}
		if !ok {
			rt, id, ok = candidate, parts[at], true
		}
	}
	return rt, id, ok
}

// Refusal is how Stripe refused what its owner asked for.
type Refusal struct {
	Status  int
	Message string // Stripe's words
}

func (r *Refusal) Error() string { return "stripe: " + r.Message }

func refusal(refused *apiError) error {
	return &Refusal{Status: refused.Status, Message: refused.Message}
}

package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// Ask runs an operation for the account's owner, who sits before it and needs no
// key, and reads its answer into a value, which may be nil. id is what stands in
// the operation's path. Faults and violations are the product's matter: nothing of
// that kind befalls the owner. A refusal is a *Refusal.
func (e *Engine) Ask(operation, id string, form url.Values, into any) error {
	routes := apiRoutes()
	i := slices.IndexFunc(routes, func(rt apiRoute) bool { return rt.Name == operation })
	if i < 0 {
		return fmt.Errorf("stripe: there is no operation %s", operation)
	}
	rt := routes[i]
	c := &call{id: id, version: Version}
	c.moment = moment{request: newID("req_", 14), operation: rt.Name, reads: rt.Method == http.MethodGet}
	tree, refused := readForm(form.Encode())
	if refused == nil {
		c.params, refused = e.specs.check(rt.Name, tree)
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
		return &Refusal{Status: refused.Status, Message: refused.Message}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// Refusal is how Stripe refused what its owner asked for.
type Refusal struct {
	Status  int
	Message string // Stripe's words
}

func (r *Refusal) Error() string { return "stripe: " + r.Message }

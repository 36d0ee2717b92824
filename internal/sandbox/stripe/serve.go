package stripe

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxBody is the largest request that is read.
const maxBody = 1 << 20

// call is one authenticated request with its checked parameters.
type call struct {
	params
	id      string // in the path
	query   params // of an operation that is asked with a body
	second  bool   // it is of the /v2 API
	moment  moment
	version string
}

// serve answers one request of the API.
func (e *Engine) serve(rt apiRoute, w http.ResponseWriter, r *http.Request) {
	c := &call{id: rt.idOf(r), second: ofSecond(rt.Path), version: orDefault(r.Header.Get("Stripe-Version"), Version)}
	c.moment = moment{request: newID("req_", 14), idemKey: r.Header.Get("Idempotency-Key"), operation: rt.Name, reads: r.Method == http.MethodGet}
	w.Header().Set("Request-Id", c.moment.request)
	w.Header().Set("Stripe-Version", c.version)
	if c.moment.idemKey != "" {
		w.Header().Set("Idempotency-Key", c.moment.idemKey)
	}
	if refused := e.authorize(r); refused != nil {
		e.refuse(w, c, refused)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		e.refuse(w, c, bad("", "", "The request body could not be read."))
		return
	}
	if refused := e.read(rt, r, string(raw), c); refused != nil {
		e.violation(rt.Name, refused, r.URL.RawQuery+string(raw))
		e.refuse(w, c, refused)
		return
	}
	free, refused := e.takeOff(rt, r, c)
	if refused != nil {
		e.refuse(w, c, refused)
		return
	}
	defer free()
	print := fingerprint(r, raw)
	if e.replay(w, r, c, print) {
		return
	}
	operate := func(w http.ResponseWriter) { e.operate(rt, w, c, print) }
	if e.opt.Faulty == nil {
		operate(w)
		return
	}
	e.opt.Faulty(rt.Name, w, r, func(status int) { e.fail(w, c, print, status) }, operate)
}

// fail answers as if something were wrong over here. What broke is an answer like any
// other, and given again to the same request; what there was no time for is not
// (https://docs.stripe.com/api/idempotent_requests).
func (e *Engine) fail(w http.ResponseWriter, c *call, print [sha256.Size]byte, status int) {
	refused := outage(status)
	if status == http.StatusInternalServerError {
		e.do(c.moment, func() { e.remember(c, print, status, errorBody(c, refused)) })
	}
	e.refuse(w, c, refused)
}

// authorize checks the key, which comes as a bearer's or as a name without a
// password.
func (e *Engine) authorize(r *http.Request) *apiError {
	key, _, basic := r.BasicAuth()
	if !basic {
		key, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	refused := &apiError{Status: http.StatusUnauthorized, Type: invalidRequest}
	switch {
	case key == "":
		refused.Message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
	case subtle.ConstantTimeCompare([]byte(key), []byte(e.opt.Key)) != 1:
		refused.Message = "Invalid API Key provided: " + masked(key)
	default:
		return nil
	}
	return refused
}

// masked shows of a key what cannot be used.
func masked(key string) string {
	if len(key) < 16 {
		return strings.Repeat("*", len(key))
	}
	return key[:8] + strings.Repeat("*", len(key)-12) + key[len(key)-4:]
}

// read takes a request's parameters: from the query of a GET or DELETE, else
// from the form. The /v2 API has JSON in its place.
func (e *Engine) read(rt apiRoute, r *http.Request, body string, c *call) *apiError {
	if c.second {
		tree, refused := readForm(r.URL.RawQuery)
		if refused != nil {
			return refused
		}
		c.query = params{m: withLists(tree)}
		c.m = map[string]any{}
		if body == "" || r.Method == http.MethodGet {
			return nil
		}
		if err := json.Unmarshal([]byte(body), &c.m); err != nil {
			return bad("", "", "The request body is not valid JSON.")
		}
		return nil
	}
	form := r.URL.RawQuery
	if r.Method == http.MethodPost {
		if kind := r.Header.Get("Content-Type"); body != "" && !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
			return bad("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.")
		}
		form = strings.Trim(form+"&"+body, "&")
	}
	tree, refused := readForm(form)
	if refused != nil {
		return refused
	}
	p, refused := e.specs.check(rt.Name, tree)
	if refused != nil {
		return refused
	}
	c.params = p
	c.params.read = &reading{map[string]bool{}}
	return nil
}

// withLists turns the top-level maps by index into lists, where there is no
// description to tell.
func withLists(tree map[string]any) map[string]any {
	for k, v := range tree {
		if m, ok := v.(map[string]any); ok {
			if items, ok := listed(m); ok {
				tree[k] = items
			}
		}
	}
	return tree
}

// violation tells of a request that the description refuses.
func (e *Engine) violation(operation string, refused *apiError, request string) {
	if e.opt.Violated != nil {
		e.opt.Violated(operation, refused.Param, problem(refused), firstRunes(request, 600))
	}
}

// problem says what is wrong without the value itself.
func problem(refused *apiError) string {
	switch {
	case refused.Code == "parameter_unknown":
		return "is not in the description"
	case refused.Code == "parameter_missing":
		return "is missing"
	case strings.Contains(refused.Message, "must be at most"):
		return "is longer than the description allows"
	case strings.Contains(refused.Message, ": must be "):
		return "is not one of the values of the description"
	}
	return "does not have the type of the description"
}

// operate runs an operation and writes its answer.
func (e *Engine) operate(rt apiRoute, w http.ResponseWriter, c *call, print [sha256.Size]byte) {
	var body []byte
	var refused *apiError
	e.do(c.moment, func() {
		var answer any
		if answer, refused = rt.handle(e, c); refused == nil {
			body, refused = e.write(c, answer)
		}
		if refused != nil {
			body = errorBody(c, refused)
		}
		e.remember(c, print, statusOf(refused), body)
	})
	if refused != nil {
		retryHeader(w, refused)
	} else if e.opt.Violated != nil && rt.Method != http.MethodGet { // a filter is looked at for each item, of which there may be none
		for _, name := range c.ignored() {
			e.opt.Violated(rt.Name, name, "has no effect: the sandbox does not emulate it", "")
		}
	}
	writeJSON(w, statusOf(refused), body)
}

func statusOf(refused *apiError) int {
	if refused == nil {
		return http.StatusOK
	}
	return refused.Status
}

// write renders an answer, with what was asked to be expanded.
func (e *Engine) write(c *call, answer any) ([]byte, *apiError) {
	v := e.render(answer)
	for _, path := range c.strs("expand") {
		if refused := e.expand(v, path); refused != nil {
			return nil, refused
		}
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, &apiError{Status: http.StatusInternalServerError, Type: ourFault, Message: err.Error()}
	}
	return b, nil
}

// refuse answers with an error.
func (e *Engine) refuse(w http.ResponseWriter, c *call, refused *apiError) {
	retryHeader(w, refused)
	writeJSON(w, refused.Status, errorBody(c, refused))
}

// retryHeader says whether the same request may do better.
func retryHeader(w http.ResponseWriter, refused *apiError) {
	retry := refused.Status == http.StatusConflict || refused.Status >= 500 || refused.Code == "lock_timeout"
	w.Header().Set("Stripe-Should-Retry", fmt.Sprint(retry))
	if refused.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
}

// ofSecond reports whether a path is of the /v2 API.
func ofSecond(path string) bool { return strings.HasPrefix(path, "/v2/") }

func errorBody(c *call, refused *apiError) []byte {
	if c.second {
		b, _ := json.MarshalIndent(map[string]any{"error": refused.inSecond()}, "", "  ")
		return b
	}
	if refused.Code != "" && refused.DocURL == "" {
		refused.DocURL = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(refused.Code, "_", "-")
	}
	refused.RequestLog = "https://dashboard.stripe.com/test/logs/" + c.moment.request
	b, _ := json.MarshalIndent(map[string]any{"error": refused}, "", "  ")
	return b
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) // the client may be gone
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

package stripe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sync"
)

// idempotencyAge is how long the answer to a request is given again.
const idempotencyAge = 24 * 3600

// maxKey is how long an idempotency key may be.
const maxKey = 255

// kept is an answer that is given again to the same request.
type kept struct {
	Key     string          `json:"key"`
	Print   string          `json:"print"` // of the request
	Request string          `json:"request"`
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
	At      int64           `json:"at"`
}

func (k *kept) ident() string { return k.Key }

// fingerprint tells whether two requests ask for the same.
func fingerprint(r *http.Request, body []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery+"\n"), body...))
}

// replay answers a request whose key was used before. It reports whether it did.
func (e *Engine) replay(w http.ResponseWriter, r *http.Request, c *call, print [sha256.Size]byte) bool {
	if !isIdempotent(c) {
		return false
	}
	var was kept
	e.look(func() {
		if k, ok := e.st.Kept.get(c.moment.idemKey); ok && e.now()-k.At < idempotencyAge {
			was = *k
		}
	})
	switch {
	case was.Key == "":
		return false
	case was.Print != hex.EncodeToString(print[:]):
		e.refuse(w, c, &apiError{Status: http.StatusBadRequest, Type: idempotencyError,
			Message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + was.Key + "' if you meant to execute a different request."})
		return true
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Original-Request", was.Request)
	writeJSON(w, was.Status, was.Body)
	return true
}

// isIdempotent reports whether a request's answer is kept: that of reads is not.
func isIdempotent(c *call) bool { return c.moment.idemKey != "" && !c.moment.reads }

// remember keeps the answer of an operation. What Stripe refuses before it begins
// is not kept: neither what the description refuses, nor what came at a bad time.
func (e *Engine) remember(c *call, print [sha256.Size]byte, status int, body []byte) {
	if !isIdempotent(c) || status == http.StatusConflict || status == http.StatusTooManyRequests {
		return
	}
	e.st.Kept.remove(c.moment.idemKey)
	e.st.Kept.add(&kept{Key: c.moment.idemKey, Print: hex.EncodeToString(print[:]), Request: c.moment.request,
		Status: status, Body: body, At: e.now()})
	e.st.Kept.trim(keep, func(*kept) bool { return true })
}

// flights are the requests under way that keep others out.
type flights struct {
	mu   *sync.Mutex
	busy map[string]bool
}

func newFlights() flights { return flights{mu: &sync.Mutex{}, busy: map[string]bool{}} }

// enter takes a name, unless somebody has it.
func (f flights) enter(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[name] {
		return false
	}
	f.busy[name] = true
	return true
}

func (f flights) leave(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range names {
		delete(f.busy, n)
	}
}

// takeOff keeps others out while a request is under way: those with its
// idempotency key, and those that an operation cannot do at the same time. The
// function returned lets them in again.
func (e *Engine) takeOff(rt apiRoute, r *http.Request, c *call) (func(), *apiError) {
	var held []string
	if len(c.moment.idemKey) > maxKey {
		return nil, bad("", "", "Idempotency keys can be at most %d characters long.", maxKey)
	}
	if isIdempotent(c) {
		name := "key " + c.moment.idemKey
		if !e.flights.enter(name) {
			return nil, &apiError{Status: http.StatusConflict, Type: idempotencyError, Code: "idempotency_key_in_use",
				Message: "There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): " + c.moment.idemKey + ". Please try again in a little bit."}
		}
		held = append(held, name)
	}
	if rt.alone != nil {
		name := rt.Name + " " + rt.alone(c)
		if !e.flights.enter(name) {
			e.flights.leave(held...)
			return nil, lockTimeout()
		}
		held = append(held, name)
	}
	return func() { e.flights.leave(held...) }, nil
}

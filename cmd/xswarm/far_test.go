//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// trouble is one way in which a request to Turso ends. done is called to have the
// database do what it was asked, and returns its answer; what does not call it was
// not done.
type trouble struct {
	name   string
	befall func(w http.ResponseWriter, done func() []byte)
}

// says answers with a status and a body.
func says(status int, body string) func(http.ResponseWriter, func() []byte) {
	return func(w http.ResponseWriter, _ func() []byte) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// after lets the database do it first.
func after(f func(http.ResponseWriter, func() []byte)) func(http.ResponseWriter, func() []byte) {
	return func(w http.ResponseWriter, done func() []byte) { done(); f(w, done) }
}

// hangUp ends the connection, with a reset or in good order.
func hangUp(reset bool) func(http.ResponseWriter, func() []byte) {
	return func(w http.ResponseWriter, _ func() []byte) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			tcp.SetLinger(0)
		}
		conn.Close()
	}
}

const gatewayPage = "<html><body><h1>502 Bad Gateway</h1></body></html>"

var troubles = []trouble{
	{"it is slow", func(w http.ResponseWriter, done func() []byte) {
		answer := done()
		<-time.After(300 * time.Millisecond)
		w.Write(answer)
	}},
	{"it hangs up before it does anything", hangUp(false)},
	{"it hangs up when it has done it", after(hangUp(false))},
	{"the connection is reset before", hangUp(true)},
	{"the connection is reset after", after(hangUp(true))},
	{"the answer is cut in the middle", func(w http.ResponseWriter, done func() []byte) {
		answer := done()
		w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
		w.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	}},
	{"the token is not accepted", says(401, `{"error":"Unauthorized: s3cret"}`)},
	{"there are too many requests", func(w http.ResponseWriter, _ func() []byte) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
	}},
	{"a failure inside, before", says(500, `{"error":"boom"}`)},
	{"a failure inside, after", after(says(500, `{"error":"boom"}`))},
	{"a gateway that cannot reach it", says(502, gatewayPage)},
	{"a gateway that lost the answer", after(says(504, gatewayPage))},
	{"a page instead of an answer", after(says(200, gatewayPage))},
	{"half of the JSON", func(w http.ResponseWriter, done func() []byte) {
		answer := done()
		w.Write(answer[:len(answer)/2])
	}},
	{"nonsense", after(says(200, `{"results":"moon"}`))},
	{"an answer to nothing", after(says(200, `{"baton":null,"base_url":null,"results":[]}`))},
	{"an answer to the first steps", func(w http.ResponseWriter, done func() []byte) { w.Write(firstSteps(done())) }},
}

// firstSteps is an answer without its last steps.
func firstSteps(answer []byte) []byte {
	var a struct {
		Results []struct {
			Type     string `json:"type"`
			Response struct {
				Type   string `json:"type"`
				Result struct {
					StepResults []json.RawMessage `json:"step_results"`
					StepErrors  []json.RawMessage `json:"step_errors"`
				} `json:"result"`
			} `json:"response"`
		} `json:"results"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || len(a.Results) == 0 {
		return nil
	}
	r := &a.Results[0].Response.Result
	r.StepResults, r.StepErrors = r.StepResults[:len(r.StepResults)/2], r.StepErrors[:len(r.StepErrors)/2]
	out, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return out
}

// far is the way to a Turso server and back.
type far struct {
	*httptest.Server
	turso string
	http  *http.Client

	mu     sync.Mutex
	random *rand.Rand
	now    trouble
	times  int            // how often it is still to happen
	sent   map[string]int // the transactions that arrived here
}

func newFar(t *testing.T, turso string, random *rand.Rand) *far {
	f := &far{turso: turso, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}, random: random, sent: map[string]int{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.Close()
		f.http.CloseIdleConnections()
	})
	return f
}

// order lets some of the next requests meet with trouble.
func (f *far) order(x trouble, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.times = x, times
}

func (f *far) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.times
}

// happened reports whether all of it has happened.
func (f *far) happened() bool { return f.left() == 0 }

// transactions returns how often each transaction arrived.
func (f *far) transactions() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.sent)
}

func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	x, befalls := f.now, f.times > 0 && f.random.IntN(3) == 0
	if befalls {
		f.times--
	}
	// The very first one is sent twice: the driver learns from its refusal that
	// this server has no streams.
	if bytes.Contains(body, []byte("BEGIN IMMEDIATE")) && !bytes.Contains(body, []byte(`{"type":"close"}`)) {
		f.sent[string(body)]++
	}
	f.mu.Unlock()
	status := http.StatusOK
	done := func() []byte {
		res, err := f.http.Post(f.turso+r.URL.Path, "application/json", bytes.NewReader(body))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		status = res.StatusCode
		return answer
	}
	if befalls {
		x.befall(w, done)
		return
	}
	answer := done()
	w.WriteHeader(status)
	w.Write(answer)
}

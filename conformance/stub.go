package conformance

import (
	"bytes"
	"net/http/httptest"
	"os"
	"sync"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
)

// Stub is stripe-mock in this process: Stripe's own stand-in, which refuses what
// its description does, in a reading that is not ours. It knows the first API only,
// and answers with examples.
type Stub struct {
	mu     sync.Mutex // of the process's output, which it is kept from
	server *server.StubServer
}

// NewStub returns a Stub. That takes about a second.
func NewStub() (*Stub, error) {
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		return nil, err
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		return nil, err
	}
	s := &Stub{}
	if quietErr := s.quietly(func() { s.server, err = server.NewStubServer(fixtures, spec, false, false) }); quietErr != nil {
		return nil, quietErr
	}
	return s, err
}

// Answer answers a request.
func (s *Stub) Answer(q Request) (Answer, error) {
	r := httptest.NewRequest(q.Method, q.Path+"?"+q.Query.Encode(), bytes.NewReader(q.Body))
	r.Header = q.Header.Clone()
	w := httptest.NewRecorder()
	err := s.quietly(func() { s.server.HandleRequest(w, r) })
	return Answer{Status: w.Code, Header: w.Result().Header, Body: w.Body.Bytes()}, err
}

// quietly does what would print, and could not be told not to.
func (s *Stub) quietly(do func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer nowhere.Close()
	out := os.Stdout
	os.Stdout = nowhere
	defer func() { os.Stdout = out }()
	do()
	return nil
}

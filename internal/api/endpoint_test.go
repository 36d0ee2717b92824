package api

import (
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"xswarm.ai/server/internal/once"
)

type probeInput struct {
	Paging
	ID   string `path:"id" maxLength:"5"`
	Body *struct {
		Name  string  `json:"name" minLength:"2"`
		Count *uint16 `json:"count,omitempty"`
	}
}

type probeOutput struct {
	Body struct {
		Said string  `json:"said"`
		N    float64 `json:"n"`
	}
}

// probe is an API of one route, whose handler says what it was given.
func probe(t *testing.T) (mux *http.ServeMux, given *probeInput) {
	t.Helper()
	return probeFor(t, open(201), nil)
}

func probeFor(t *testing.T, who access, kept Once) (mux *http.ServeMux, given *probeInput) {
	t.Helper()
	return probeGated(t, who, kept, nil)
}

func probeGated(t *testing.T, who access, kept Once, money Billing) (mux *http.ServeMux, given *probeInput) {
	t.Helper()
	mux, given = http.NewServeMux(), &probeInput{}
	d := newAPI(mux, Options{
		Accounts: &onTwoDevices{}, Once: kept, Billing: money, Client: func(*http.Request) string { return "192.0.2.1" }, Log: slog.New(slog.DiscardHandler),
	})
	route(d, "POST /api/phones/{id}/probe", "Probe", who, func(ctx context.Context, in *probeInput) (*probeOutput, error) {
		*given = *in
		out := &probeOutput{}
		out.Body.Said = "<" + d.client(ctx) + ">"
		if in.Cursor == "endless" {
			out.Body.N = math.Inf(1)
		}
		return out, nil
	}, "")
	return mux, given
}

func send(mux *http.ServeMux, target, kind string, body io.Reader) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", target, body)
	r.Header.Set("Content-Type", kind)
	mux.ServeHTTP(w, r)
	return w
}

func TestARequestIsReadIntoItsTypeAndAnsweredInJSON(t *testing.T) {
	mux, given := probe(t)
	w := send(mux, "/api/phones/a%2Fb/probe?cursor=c&limit=7", "application/json; charset=utf-8", strings.NewReader(`{"name":"Ada","count":3}`))
	if w.Code != 201 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != `{"said":"<192.0.2.1>","n":0}`+"\n" {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if given.ID != "a/b" || given.Cursor != "c" || given.Limit != 7 || given.Body.Name != "Ada" || *given.Body.Count != 3 {
		t.Errorf("the handler was given %+v", given)
	}
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	mux, given := probe(t)
	w := send(mux, "/api/phones/x/probe", "", nil)
	if w.Code != 201 || given.Limit != 50 || given.Cursor != "" || given.Body != nil {
		t.Errorf("got %d %s, the handler was given %+v", w.Code, w.Body, given)
	}
}

// failing is a body that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWhatCannotBeReadIsRefusedBeforeTheHandler(t *testing.T) {
	const json = "application/json"
	for name, c := range map[string]struct {
		target, kind string
		body         io.Reader
		status       int
		says         string
	}{
		"no JSON":               {"/api/phones/x/probe", json, strings.NewReader(`{"name":`), 400, `"location":"body"`},
		"two values":            {"/api/phones/x/probe", json, strings.NewReader(`{"name":"Ada"}{}`), 400, `"code":"bad_request"`},
		"another kind":          {"/api/phones/x/probe", "text/plain", strings.NewReader(`{"name":"Ada"}`), 415, `"code":"unsupported_media_type"`},
		"too large":             {"/api/phones/x/probe", json, strings.NewReader(`{"name":"` + strings.Repeat("a", maxBody) + `"}`), 413, `"code":"too_large"`},
		"too large for the mux": {"/api/phones/x/probe", json, failing{&http.MaxBytesError{}}, 413, `"code":"too_large"`},
		"too slow":              {"/api/phones/x/probe", json, failing{os.ErrDeadlineExceeded}, 408, `"code":"timeout"`},
		"cut off":               {"/api/phones/x/probe", json, failing{io.ErrUnexpectedEOF}, 400, "cut off"},
		"a wrong field":         {"/api/phones/x/probe", json, strings.NewReader(`{"name":"s"}`), 422, `"location":"body.name"`},
		"past its type":         {"/api/phones/x/probe", json, strings.NewReader(`{"name":"Ada","count":70000}`), 422, `"location":"body"`},
		"a wrong path":          {"/api/phones/longer/probe", json, nil, 422, `"location":"path.id"`},
		"no number":             {"/api/phones/x/probe?limit=ten", json, nil, 422, `"location":"query.limit"`},
		"a number out of range": {"/api/phones/x/probe?limit=0", json, nil, 422, `"location":"query.limit"`},
	} {
		t.Run(name, func(t *testing.T) {
			mux, given := probe(t)
			w := send(mux, c.target, c.kind, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.says)
			}
			if given.ID != "" {
				t.Error("the handler was called")
			}
		})
	}
}

// replay answers every request that has a key as if it came again.
type replay struct{ asked once.Request }

func (p *replay) Do(_ context.Context, r once.Request, _ func() (once.Answer, error)) (once.Answer, bool, error) {
	p.asked = r
	return once.Answer{Status: 202, Body: []byte("{}\n")}, true, nil
}

func TestAKeyCountsOnRoutesThatSendAndNowhereElse(t *testing.T) {
	for _, c := range []struct {
		who      access
		key      string
		replayed bool
	}{{sender(201), "k", true}, {sender(201), "", false}, {member(201), "k", false}} {
		kept := &replay{}
		mux, given := probeFor(t, c.who, kept)
		r := httptest.NewRequest("POST", "/api/phones/x/probe", strings.NewReader(`{"name":"Ada"}`))
		r.Header.Set("Idempotency-Key", c.key)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if got := w.Header().Get("Idempotency-Replayed") == "true"; got != c.replayed || c.replayed == (given.ID != "") {
			t.Errorf("%+v: replayed %t, and the handler was given %+v (%d %s)", c, got, given, w.Code, w.Body)
		}
		if want := (once.Request{UserID: "usr_1", Route: "POST /api/phones/x/probe", Key: "k", Body: []byte(`{"name":"Ada"}`)}); c.replayed && !reflect.DeepEqual(kept.asked, want) {
			t.Errorf("it was asked for %+v, want %+v", kept.asked, want)
		}
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	mux, _ := probe(t)
	w := send(mux, "/api/phones/longer/probe?limit=0", "application/json", strings.NewReader(`{"name":"s","more":1}`))
	for _, location := range []string{"path.id", "query.limit", "body.name", "body.more"} {
		if !strings.Contains(w.Body.String(), `"location":"`+location+`"`) {
			t.Errorf("%s is not named: %s", location, w.Body)
		}
	}
}

func TestAnAnswerThatCannotBeWrittenIsAFailureAndNotHalfAnAnswer(t *testing.T) {
	mux, _ := probe(t)
	w := send(mux, "/api/phones/x/probe?cursor=endless", "application/json", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) || strings.Contains(w.Body.String(), "192.0.2.1") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

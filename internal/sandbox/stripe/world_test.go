package stripe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

const testKey = "sk_test_51sandbox"

// world is one engine behind a server, with Stripe's own library in front.
type world struct {
	t      *testing.T
	engine *Engine
	server *httptest.Server
	client *sdk.Client

	mu    sync.Mutex
	now   time.Time
	sent  []Event
	wrong []string // violations
}

// newWorld begins on the given day, at noon.
func newWorld(t *testing.T, day string, change ...func(*Options)) *world {
	t.Helper()
	at, err := time.Parse(time.RFC3339, day+"T12:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: at}
	o := Options{
		Key: testKey, Now: w.clock, PublicURL: "http://pay.test",
		Send: func(ev Event) { w.mu.Lock(); defer w.mu.Unlock(); w.sent = append(w.sent, ev) },
		Violated: func(op, field, problem, _ string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.wrong = append(w.wrong, op+" "+field+" "+problem)
		},
	}
	for _, f := range change {
		f(&o)
	}
	w.engine, err = New(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(w.checked(w.engine.Handler()))
	t.Cleanup(func() {
		w.server.Close()
		for _, problem := range w.wrong {
			if strings.Contains(problem, "has no effect") {
				t.Errorf("the emulator did not look at a parameter: %s", problem)
			}
		}
	})
	w.client = sdk.NewClient(testKey, sdk.WithBackends(sdk.NewBackendsWithConfig(&sdk.BackendConfig{
		URL: &w.server.URL, MaxNetworkRetries: sdk.Int64(0), LeveledLogger: &sdk.LeveledLogger{},
	})))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass lets time go by, and the engine do what falls into it.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.engine.CatchUp()
}

// until lets time go by until a moment.
func (w *world) until(at string) {
	w.t.Helper()
	to, err := time.Parse(time.RFC3339, at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.pass(to.Sub(w.clock()))
}

// checked looks at every answer of the API: it must hold what Stripe's
// description requires, and nothing else.
func (w *world) checked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if strings.HasPrefix(r.URL.Path, "/v1/") && rec.Code == http.StatusOK {
			for _, problem := range w.engine.problems(rec.Body.Bytes()) {
				w.t.Errorf("%s %s: %s", r.Method, r.URL.Path, problem)
			}
		}
		maps.Copy(rw.Header(), rec.Header())
		rw.WriteHeader(rec.Code)
		rw.Write(rec.Body.Bytes())
	})
}

// problems says how an answer differs from the shapes.
func (e *Engine) problems(body []byte) []string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{err.Error()}
	}
	var out []string
	var check func(s *shape, v any, path string)
	check = func(s *shape, v any, path string) {
		switch v := v.(type) {
		case []any:
			for i, item := range v {
				check(s, item, fmt.Sprintf("%s.%d", path, i))
			}
		case map[string]any:
			if kind, _ := v["object"].(string); kind != "" {
				s = e.shapes[kind]
				if s == nil && kind != "list" && kind != "search_result" {
					out = append(out, path+" is a "+kind+", which the shapes do not know")
				}
				if v["deleted"] != nil {
					s = nil
				}
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				var inner *shape
				if s != nil {
					inner = s.Nested[k]
					_, known := s.Defaults[k]
					if !known && !slices.Contains(s.Required, k) && !slices.Contains(s.Optional, k) {
						out = append(out, path+"."+k+" is undeclared")
					}
				}
				if k != "metadata" && k != "payload" && k != "previous_attributes" {
					check(inner, v[k], path+"."+k)
				}
			}
			if s != nil {
				for _, k := range slices.Concat(s.Required, slices.Collect(maps.Keys(s.Defaults))) {
					if inner, ok := v[k]; !ok {
						out = append(out, path+"."+k+" is missing")
					} else if inner == nil && s.Defaults[k] != nil {
						out = append(out, path+"."+k+" is null")
					}
				}
			}
		}
	}
	check(nil, v, "")
	return out
}

// types are the webhooks that were sent, by type, in order of their names.
func (w *world) types() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, ev := range w.sent {
		out = append(out, ev.Type)
	}
	slices.Sort(out)
	return out
}

// forget begins a new list of webhooks.
func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = nil
}

// the returns the only webhook of a type.
func (w *world) the(kind string) Event {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []Event
	for _, ev := range w.sent {
		if ev.Type == kind {
			found = append(found, ev)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("got %d webhooks of type %s, want 1", len(found), kind)
	}
	return found[0]
}

// listen makes an endpoint for all events.
func (w *world) listen() *sdk.WebhookEndpoint {
	w.t.Helper()
	we, err := w.client.V1WebhookEndpoints.Create(w.t.Context(), &sdk.WebhookEndpointCreateParams{
		URL: sdk.String("http://product.test/webhooks/stripe"), EnabledEvents: []*string{sdk.String("*")}, APIVersion: sdk.String(Version)})
	return must(w, we, err)
}

// must returns v, or ends the test.
func must[T any](w *world, v T, err error) T {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("unexpected refusal: %v", err)
	}
	return v
}

// refused returns the refusal that a request must get.
func refused(t *testing.T, err error) *sdk.Error {
	t.Helper()
	var out *sdk.Error
	if !errors.As(err, &out) {
		t.Fatalf("got %v, want a refusal of Stripe's", err)
	}
	return out
}

// raw asks without the library, and returns the status, the headers and the
// decoded answer.
func (w *world) raw(method, path, form string, headers ...string) (int, http.Header, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(form))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.server.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var body map[string]any
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&body); err != nil {
		w.t.Fatalf("%s %s answered %q", method, path, b)
	}
	return res.StatusCode, res.Header, body
}

// errorOf returns the error in an answer.
func errorOf(body map[string]any) map[string]any {
	m, _ := body["error"].(map[string]any)
	return m
}

// form writes pairs as a form.
func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

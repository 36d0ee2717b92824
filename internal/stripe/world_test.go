package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/jobs"
)

const (
	testKey  = "sk_test_0123456789abcdef"
	customer = "cus_TxSwarm0000001"
	subID    = "sub_1SwarmAAAAAAAAAAAAAAAAAA"
)

var (
	jan1  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	jan15 = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	feb1  = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
)

// asked is a request, as Stripe got it.
type asked struct {
	Method, Path string
	Query, Form  url.Values
	Header       http.Header
	Body         string
}

// account stands in for an account at Stripe: it answers what it is told to, with
// files of Stripe's shape, and keeps what it was asked. What it was not told to
// answer fails the test.
type account struct {
	*Client
	t   *testing.T
	mux *http.ServeMux
	mu  sync.Mutex
	all []asked
}

func newAccount(t *testing.T, options ...func(*Options)) *account {
	t.Helper()
	a := &account{t: t, mux: http.NewServeMux()}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusTeapot)
	})
	srv := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(srv.Close)
	o := Options{SecretKey: testKey, BaseURL: srv.URL + "/vendors/stripe/", Transport: &http.Transport{DisableKeepAlives: true}, Now: func() time.Time { return jan15 }}
	for _, set := range options {
		set(&o)
	}
	a.Client = New(o)
	return a
}

func (a *account) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Error(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		a.t.Errorf("the body is no form: %v", err)
	}
	path, below := strings.CutPrefix(r.URL.Path, "/vendors/stripe")
	if !below || r.Header.Get("Authorization") != "Bearer "+testKey || r.Header.Get("Stripe-Version") != sdk.APIVersion {
		a.t.Errorf("asked %s with %v", r.URL, r.Header)
	}
	for _, name := range []string{"X-Stripe-Client-Telemetry", "X-Stripe-Client-User-Agent"} {
		if r.Header.Get(name) != "" {
			a.t.Errorf("tells about itself: %s: %s", name, r.Header.Get(name))
		}
	}
	if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
		a.t.Errorf("%s has no idempotency key", path)
	}
	a.mu.Lock()
	a.all = append(a.all, asked{r.Method, path, r.URL.Query(), form, r.Header, string(body)})
	a.mu.Unlock()
	r.URL.Path = path
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_Swarm123")
	a.mux.ServeHTTP(w, r)
}

// answers has a pattern answered with a file, perhaps edited.
func (a *account) answers(pattern, file string, edits ...func(object)) {
	a.t.Helper()
	body := load(a.t, file, edits...)
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
}

// says has a pattern answered with these bytes.
func (a *account) says(pattern string, status int, body string) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

// has gives an account what is read before anything is done to a subscription.
func (a *account) has(edits ...func(object)) {
	a.answers("GET /v1/subscriptions/{id}", "subscription.json", edits...)
	a.prices()
}

// prices gives it those of the catalogue, by lookup key, as Stripe does.
func (a *account) prices() {
	var all struct {
		object
		Data []object `json:"data"`
	}
	if err := json.Unmarshal(load(a.t, "prices.json"), &all); err != nil {
		a.t.Fatal(err)
	}
	a.mux.HandleFunc("GET /v1/prices", func(w http.ResponseWriter, r *http.Request) {
		found := []object{}
		for _, p := range all.Data {
			for name, values := range r.URL.Query() {
				if strings.HasPrefix(name, "lookup_keys[") && values[0] == p["lookup_key"] {
					found = append(found, p)
				}
			}
		}
		json.NewEncoder(w).Encode(object{"object": "list", "url": "/v1/prices", "has_more": false, "data": found})
	})
}

// asked returns the requests so far that match a method and a path's beginning.
func (a *account) asked(method, path string) []asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.all), func(q asked) bool { return q.Method != method || !strings.HasPrefix(q.Path, path) })
}

// only returns the one request of a method and a path.
func (a *account) only(method, path string) asked {
	a.t.Helper()
	all := a.asked(method, path)
	if len(all) != 1 {
		a.t.Fatalf("got %d requests %s %s, want 1", len(all), method, path)
	}
	return all[0]
}

// changes are how many requests could have changed something.
func (a *account) changes() int { return len(a.asked("POST", "")) + len(a.asked("DELETE", "")) }

// object is JSON to be edited.
type object = map[string]any

func load(t testing.TB, file string, edits ...func(object)) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if len(edits) == 0 {
		return body
	}
	o := parse(t, string(body))
	for _, edit := range edits {
		edit(o)
	}
	if body, err = json.Marshal(o); err != nil {
		t.Fatal(err)
	}
	return body
}

func parse(t testing.TB, body string) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// with sets a field.
func with(name string, value any) func(object) { return func(o object) { o[name] = value } }

// itemsIn are the items of a subscription, to be edited.
func itemsIn(o object) []any { return o["items"].(object)["data"].([]any) }

// listed makes a file the only thing in a list.
func listed(t *testing.T, file string, edits ...func(object)) string {
	t.Helper()
	return fmt.Sprintf(`{"object":"list","url":"/v1/things","has_more":false,"data":[%s]}`, load(t, file, edits...))
}

const nothing = `{"object":"list","url":"/v1/things","has_more":false,"data":[]}`

// same compares a form with what it should be, line by line.
func same(t *testing.T, got url.Values, want map[string]string) {
	t.Helper()
	flat := map[string]string{}
	for name, values := range got {
		flat[name] = strings.Join(values, " and ")
	}
	if maps.Equal(flat, want) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		if w, ok := want[name]; !ok {
			t.Errorf("sends %s=%q, want nothing", name, flat[name])
		} else if w != flat[name] {
			t.Errorf("sends %s=%q, want %q", name, flat[name], w)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := flat[name]; !ok {
			t.Errorf("does not send %s=%q", name, want[name])
		}
	}
}

// oneJob is a queue with a single job, which records how it ended.
type oneJob struct{ job, ended jobs.Job }

func (q *oneJob) ClaimJobs(context.Context, time.Time, time.Time, time.Time, int) ([]jobs.Job, error) {
	q.job.Attempts++
	return []jobs.Job{q.job}, nil
}
func (q *oneJob) FinishJob(_ context.Context, j jobs.Job) error { q.ended = j; return nil }
func (q *oneJob) NextJob(context.Context) (time.Time, bool, error) {
	return time.Time{}, false, nil
}

// wait returns how long a job waits that failed with err.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	q := &oneJob{job: jobs.New("pay", nil, jan15)}
	r := &jobs.Runner{Store: q, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return jan15 }}
	r.Handle("pay", func(context.Context, jobs.Job) error { return err })
	if _, err := r.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q.ended.RunAt.Sub(jan15)
}

// saySwitch answers with one body first, and with another from then on.
func saySwitch(first *bool, before, after []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		body := after
		if *first {
			body, *first = before, false
		}
		w.Write(body)
	}
}

// priceByID answers with one price of the catalogue.
func priceByID(t *testing.T) http.HandlerFunc {
	t.Helper()
	var all struct{ Data []object }
	if err := json.Unmarshal(load(t, "prices.json"), &all); err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		for _, p := range all.Data {
			if p["id"] == r.PathValue("id") {
				json.NewEncoder(w).Encode(p)
				return
			}
		}
		t.Errorf("there is no price %s", r.PathValue("id"))
	}
}

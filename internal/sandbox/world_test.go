package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sendgrid/rest"
	sg "github.com/sendgrid/sendgrid-go"
	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v1"
)

const (
	testSID    = "AC0123456789abcdef0123456789abcdef"
	testToken  = "5f1dc0ffee5f1dc0ffee5f1dc0ffee00"
	testKey    = "SG.sandbox.key"
	testShared = "+18335550199"
	ada        = "+12025550101"
)

// world is a sandbox behind a real server, and a product that notes what it is
// told.
type world struct {
	*Sandbox
	t       *testing.T
	url     string
	product *recorder
	real    *atomic.Int64 // the real clock, in nanoseconds
	options Options
}

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, product: newRecorder(t), real: &atomic.Int64{}}
	w.real.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixNano())
	w.options = Options{
		Dir: t.TempDir(), ProductURL: w.product.URL, AccountSID: testSID, AuthToken: testToken,
		SendGridKey: testKey, SharedNumber: testShared,
		Now: func() time.Time { return time.Unix(0, w.real.Load()).UTC() },
	}
	for _, f := range change {
		f(&w.options)
	}
	w.open()
	return w
}

// open starts the sandbox, or starts it anew on the same directory.
func (w *world) open() {
	w.t.Helper()
	s, err := New(w.options)
	if err != nil {
		w.t.Fatalf("New: %v", err)
	}
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	w.Sandbox, w.url = s, server.URL
}

// pass lets time pass and everything that is due in it happen.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.real.Add(int64(d))
	for w.Tick(w.t.Context()) > 0 {
	}
}

// call makes a request to the sandbox and decodes the JSON that comes back.
func (w *world) call(method, path, body string) (int, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var out map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			w.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
		}
	}
	return res.StatusCode, out
}

// data is the list that a route of the control plane answers with.
func (w *world) data(path string) []map[string]any {
	w.t.Helper()
	status, body := w.call("GET", path, "")
	if status != http.StatusOK {
		w.t.Fatalf("GET %s: got %d %v, want 200", path, status, body)
	}
	var out []map[string]any
	for _, item := range body["data"].([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}

// toSandbox sends what the official library sends to Twilio here instead.
type toSandbox struct{ base string }

func (b toSandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	base, err := url.Parse(b.base)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	r.URL.Path = base.Path + r.URL.Path
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) twilioClient(token string) *client.Client {
	c := &client.Client{
		Credentials: client.NewCredentials(testSID, token),
		HTTPClient:  &http.Client{Transport: toSandbox{w.url + "/sandbox/vendors/twilio"}, Timeout: 5 * time.Second},
	}
	c.SetAccountSid(testSID)
	return c
}

func (w *world) api() *api.ApiService { return api.NewApiServiceWithClient(w.twilioClient(testToken)) }

func (w *world) messaging() *messaging.ApiService {
	return messaging.NewApiServiceWithClient(w.twilioClient(testToken))
}

// text sends a text through the official library.
func (w *world) text(from, to, body string) (*api.ApiV2010Message, error) {
	p := &api.CreateMessageParams{}
	p.SetFrom(from)
	p.SetTo(to)
	p.SetBody(body)
	p.SetStatusCallback(w.product.URL + "/webhooks/twilio/status?message=msg_1")
	return w.api().CreateMessage(p)
}

func (w *world) mustText(to, body string) *api.ApiV2010Message {
	w.t.Helper()
	m, err := w.text(testShared, to, body)
	if err != nil {
		w.t.Fatalf("CreateMessage: %v", err)
	}
	return m
}

// mail sends a mail through the official library.
func (w *world) mail(m *sgmail.SGMailV3) *rest.Response {
	w.t.Helper()
	res, err := w.mailWith(context.Background(), testKey, m)
	if err != nil {
		w.t.Fatalf("send: %v", err)
	}
	return res
}

func (w *world) mailWith(ctx context.Context, key string, m *sgmail.SGMailV3) (*rest.Response, error) {
	req := sg.GetRequest(key, "/v3/mail/send", w.url+"/sandbox/vendors/sendgrid")
	req.Method = "POST"
	req.Body = sgmail.GetRequestBody(m)
	c := rest.Client{HTTPClient: &http.Client{Timeout: 5 * time.Second}}
	return c.SendWithContext(ctx, req)
}

// aLetter is a mail without fault.
func aLetter() *sgmail.SGMailV3 {
	m := sgmail.NewSingleEmail(sgmail.NewEmail("xSwarm", "noreply@xswarm.ai"), "Please confirm",
		sgmail.NewEmail("Ada", "ada@example.com"), "Go to http://localhost:8787/verify-email?token=abc.",
		`<html><head><title>x</title></head><body><a href="http://localhost:8787/verify-email?token=abc">Confirm</a></body></html>`)
	m.Personalizations[0].SetCustomArg("msg_id", "job_1")
	m.SetHeader("Message-ID", "<job_1@xswarm.ai>")
	m.AddCategories("verify")
	return m
}

// told is a webhook as the product got it.
type told struct {
	path  string // and query
	form  url.Values
	valid bool // the signature
	token string
}

// recorder is a product that notes what it is told and answers as it is set.
type recorder struct {
	*httptest.Server
	mu     sync.Mutex
	got    []told
	answer func(http.ResponseWriter, *http.Request)
}

func newRecorder(t *testing.T) *recorder {
	rec := &recorder{}
	rec.Server = httptest.NewServer(rec)
	t.Cleanup(rec.Close)
	return rec
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	fields := map[string]string{}
	for name := range r.PostForm {
		fields[name] = r.PostForm.Get(name)
	}
	v := client.NewRequestValidator(testToken)
	valid := v.Validate(rec.URL+r.URL.RequestURI(), fields, r.Header.Get("X-Twilio-Signature"))
	rec.mu.Lock()
	rec.got = append(rec.got, told{r.URL.RequestURI(), maps.Clone(r.PostForm), valid, r.Header.Get("I-Twilio-Idempotency-Token")})
	answer := rec.answer
	rec.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	io.WriteString(w, "<Response/>")
}

// heard returns what was told since the last call.
func (rec *recorder) heard() []told {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	got := rec.got
	rec.got = nil
	return got
}

// answers sets how the product answers from now on.
func (rec *recorder) answers(f func(http.ResponseWriter, *http.Request)) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.answer = f
}

// states are the states that webhooks told of, in order.
func states(list []told) string {
	var out []string
	for _, h := range list {
		out = append(out, h.form.Get("MessageStatus"))
	}
	return strings.Join(out, " ")
}

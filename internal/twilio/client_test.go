package twilio_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/twilio"
)

const (
	accountSID = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	authToken  = "0123456789abcdef0123456789abcdef"
	callback   = "https://xswarm.example"
)

// request is what the stand-in was asked.
type request struct {
	method, path string
	query, form  url.Values
}

// standIn answers as Twilio does, with files of its shape, and records.
type standIn struct {
	mu   sync.Mutex
	seen []request
}

// newClient returns a client of a server that answers with answer.
func newClient(t *testing.T, answer http.HandlerFunc) (*twilio.Client, *standIn) {
	t.Helper()
	s := &standIn{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != accountSID || password != authToken {
			t.Errorf("signs in as %q", user)
		}
		r.ParseForm()
		s.mu.Lock()
		s.seen = append(s.seen, request{r.Method, r.URL.Path, r.URL.Query(), r.PostForm})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return twilio.New(twilio.Options{
		AccountSID: accountSID, AuthToken: authToken, BaseURL: srv.URL + "/vendors/twilio",
		Transport: &http.Transport{}, CallbackBase: callback,
	}), s
}

func (s *standIn) only(t *testing.T) request {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 1 {
		t.Fatalf("got %d requests, want 1: nothing is repeated here", len(s.seen))
	}
	return s.seen[0]
}

// file answers with a file.
func file(status int, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(b)
	}
}

// refusal answers with an error of Twilio's shape.
func refusal(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, `{"code": `+code+`, "message": "The 'To' number +14155550123 is not right.", "more_info": "https://www.twilio.com/docs/errors/`+code+`", "status": 400}`)
	}
}

var outgoing = phone.Outgoing{ID: "msg_01k8z3v8zq6r9b3c1d2e3f4g5h", From: "+18335550100", To: "+14155550123", Body: "Added: call Mike."}

func TestATextIsSentWithTheAddressForItsState(t *testing.T) {
	c, s := newClient(t, file(http.StatusCreated, "message_created.json"))
	r, err := c.SendText(t.Context(), outgoing)
	if err != nil {
		t.Fatal(err)
	}
	if r.SID != "SM"+strings.Repeat("1", 32) || r.State != phone.Accepted || r.Segments != 1 || r.At.IsZero() {
		t.Errorf("receipt %+v", r)
	}
	q := s.only(t)
	if q.method != http.MethodPost || q.path != "/vendors/twilio/2010-04-01/Accounts/"+accountSID+"/Messages.json" {
		t.Errorf("asks %s %s", q.method, q.path)
	}
	want := url.Values{
		"From": {outgoing.From}, "To": {outgoing.To}, "Body": {outgoing.Body},
		"StatusCallback": {callback + "/webhooks/twilio/status?message=" + outgoing.ID + "#rc=3&rp=5xx,ct,rt"},
	}
	if q.form.Encode() != want.Encode() {
		t.Errorf("sends %v, want %v", q.form, want)
	}
}

func TestErrorsSayWhatBecameOfTheText(t *testing.T) {
	type want struct {
		unknown, refused, optedOut, later bool
		code                              string
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   want
	}{
		{"a wrong number is refused", refusal(400, "21211"), want{refused: true, code: "21211"}},
		{"a number without texts is refused", refusal(400, "21614"), want{refused: true, code: "21614"}},
		{"a sender that is not ours is refused", refusal(400, "21606"), want{refused: true, code: "21606"}},
		{"a text that is too long is refused", refusal(400, "21617"), want{refused: true, code: "21617"}},
		{"an unknown 4xx is refused", refusal(400, "29999"), want{refused: true, code: "29999"}},
		{"a person who has opted out is told apart", refusal(400, "21610"), want{refused: true, optedOut: true, code: "21610"}},
		{"a refusal that is no JSON is one", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			io.WriteString(w, "<html>")
		}, want{refused: true, code: "http_404"}},
		{"too many requests come back later", refusal(429, "20429"), want{later: true}},
		{"a full queue comes back later", refusal(400, "21611"), want{later: true}},
		{"a wrong token is for the operator to mend", refusal(401, "20003"), want{}},
		{"a server error tells nothing", refusal(500, "20500"), want{unknown: true}},
		{"an HTML page of a proxy tells nothing", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, "<html>unavailable</html>")
		}, want{unknown: true}},
		{"an answer that is cut off tells nothing", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(201)
			io.WriteString(w, `{"sid": "SM`)
		}, want{unknown: true}},
		{"an acceptance that cannot be read tells nothing", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, `<html>`)
		}, want{unknown: true}},
		{"an acceptance without an id tells nothing", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, `{}`)
		}, want{unknown: true}},
		{"an answer that is too large tells nothing", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, `{"sid":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, want{unknown: true}},
		{"a connection that is cut tells nothing", func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, want{unknown: true}},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, want{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := newClient(t, tc.answer)
			_, err := c.SendText(t.Context(), outgoing)
			if err == nil {
				t.Fatal("no error")
			}
			s.only(t)
			var r *phone.Refusal
			got := want{unknown: errors.Is(err, phone.ErrUnknown), refused: errors.As(err, &r), later: wait(t, err) == 30*time.Second}
			if r != nil {
				got.optedOut, got.code = r.OptedOut, r.Code
			}
			if got != tc.want {
				t.Errorf("%v\nmeans %+v, want %+v", err, got, tc.want)
			}
			if strings.Contains(err.Error(), "555") || strings.Contains(err.Error(), "Mike") {
				t.Errorf("quotes what must not be in a log: %v", err)
			}
		})
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
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	q := &oneJob{job: jobs.New("send", nil, now)}
	r := &jobs.Runner{Store: q, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	r.Handle("send", func(context.Context, jobs.Job) error { return err })
	if _, err := r.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q.ended.RunAt.Sub(now)
}

func TestTooManyRequestsComeBackWhenTwilioSaysSo(t *testing.T) {
	for said, want := range map[string]time.Duration{"7": 7 * time.Second, "": 30 * time.Second, "soon": 30 * time.Second} {
		c, _ := newClient(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", said)
			refusal(429, "20429")(w, r)
		})
		_, err := c.SendText(t.Context(), outgoing)
		if got := wait(t, err); got != want {
			t.Errorf("Retry-After %q: waits %v, want %v", said, got, want)
		}
	}
}

func TestARequestThatNeverLeftIsNoRiddle(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	c := twilio.New(twilio.Options{AccountSID: accountSID, AuthToken: authToken, BaseURL: srv.URL, Transport: &http.Transport{}})
	if _, err := c.SendText(t.Context(), outgoing); err == nil || errors.Is(err, phone.ErrUnknown) {
		t.Errorf("got %v, want an error that is not ErrUnknown", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.SendText(ctx, outgoing); !errors.Is(err, context.Canceled) || errors.Is(err, phone.ErrUnknown) {
		t.Errorf("cancelled before it began: got %v", err)
	}
}

func TestTheCallersContextEndsACall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := c.SendText(ctx, outgoing)
	if !errors.Is(err, phone.ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrUnknown and context.Canceled: it had been sent", err)
	}
}

func TestTextsAreFoundByNumbersBodyAndTime(t *testing.T) {
	c, s := newClient(t, file(http.StatusOK, "messages.json"))
	since := time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC)
	found, err := c.FindTexts(t.Context(), outgoing.From, outgoing.To, outgoing.Body, since)
	if err != nil {
		t.Fatal(err)
	}
	var sids []string
	for _, r := range found {
		sids = append(sids, r.SID)
	}
	if want := []string{"SM" + strings.Repeat("2", 32), "SM" + strings.Repeat("3", 32)}; !slices.Equal(sids, want) {
		t.Errorf("found %v, want %v: not the other body, the inbound one or the old one, and the oldest first", sids, want)
	}
	q := s.only(t)
	if q.query.Get("From") != outgoing.From || q.query.Get("To") != outgoing.To || q.query.Get("PageSize") != "200" {
		t.Errorf("asks for %v", q.query)
	}
}

func TestAskingIsNeverARiddle(t *testing.T) {
	c, _ := newClient(t, refusal(503, "20503"))
	if _, err := c.FindTexts(t.Context(), "+1", "+2", "x", time.Time{}); err == nil || errors.Is(err, phone.ErrUnknown) {
		t.Errorf("got %v: a question that was not answered has changed nothing", err)
	}
}

func TestANumberIsSearchedBoughtAndFoundAgain(t *testing.T) {
	c, s := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/AvailablePhoneNumbers/US/TollFree.json"):
			file(200, "toll_free.json")(w, r)
		case r.Method == http.MethodPost:
			file(201, "number_bought.json")(w, r)
		case strings.HasSuffix(r.URL.Path, "/v1/Tollfree/Verifications"):
			file(200, "verifications.json")(w, r)
		default:
			file(200, "numbers.json")(w, r)
		}
	})
	onSale, err := c.NumbersOnSale(t.Context())
	if err != nil || !slices.Equal(onSale, []string{"+18335550111", "+18335550112"}) {
		t.Errorf("on sale: %v, %v", onSale, err)
	}
	bought, err := c.BuyNumber(t.Context(), "+18335550111", "usr_01")
	want := phone.Owned{SID: "PN" + strings.Repeat("1", 32), Number: "+18335550111"}
	if err != nil || bought != want {
		t.Errorf("bought %+v, %v, want %+v", bought, err, want)
	}
	form := s.seen[1].form
	if form.Get("FriendlyName") != "usr_01" || form.Get("SmsUrl") != callback+"/webhooks/twilio/sms#rc=3&rp=5xx,ct,rt" || form.Get("SmsMethod") != "POST" {
		t.Errorf("is bought with %v", form)
	}
	// The filter of the API may be looser than equality: usr_012 is somebody else.
	owned, err := c.OwnedNumbers(t.Context(), "usr_01")
	if err != nil || !slices.Equal(owned, []phone.Owned{want}) {
		t.Errorf("owned %v, %v, want %v", owned, err, want)
	}
	state, err := c.SMSState(t.Context(), want)
	if err != nil || state != phone.SMSPending {
		t.Errorf("state %q, %v", state, err)
	}
	if got := s.seen[3].query.Get("TollfreePhoneNumberSid"); got != want.SID {
		t.Errorf("asks about %q", got)
	}
}

func TestANumberIsReleasedOnce(t *testing.T) {
	o := phone.Owned{SID: "PN" + strings.Repeat("1", 32), Number: "+18335550111"}
	gone := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	c, s := newClient(t, gone)
	if err := c.ReleaseNumber(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if q := s.only(t); q.method != http.MethodDelete || q.path != "/vendors/twilio/2010-04-01/Accounts/"+accountSID+"/IncomingPhoneNumbers/"+o.SID+".json" {
		t.Errorf("asks %s %s", q.method, q.path)
	}
	c, _ = newClient(t, refusal(404, "20404"))
	if err := c.ReleaseNumber(t.Context(), o); err != nil {
		t.Errorf("one that is gone: got %v", err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"a proxy's page":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); io.WriteString(w, "<html>") },
		"a refusal":           refusal(400, "21404"),
		"a server error":      refusal(503, "20503"),
		"too many requests":   refusal(429, "20429"),
		"a cut-off":           func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an answer elsewhere": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) },
	} {
		c, s := newClient(t, answer)
		if err := c.ReleaseNumber(t.Context(), o); err == nil || strings.Contains(err.Error(), "555") {
			t.Errorf("%s: got %v", name, err)
		}
		s.only(t)
	}
}

func TestTheVerificationsStateDecidesWhetherANumberMayText(t *testing.T) {
	one := func(status string) string { return `{"sid": "HH1", "status": "` + status + `"}` }
	for verifications, want := range map[string]phone.SMSState{
		"":                     phone.SMSPending,
		one("PENDING_REVIEW"):  phone.SMSPending,
		one("IN_REVIEW"):       phone.SMSPending,
		one("SOMETHING_NEW"):   phone.SMSPending,
		one("TWILIO_APPROVED"): phone.SMSVerified,
		one("TWILIO_REJECTED"): phone.SMSRejected,
		one("IN_REVIEW") + "," + one("TWILIO_REJECTED"):       phone.SMSPending, // asked for again
		one("TWILIO_REJECTED") + "," + one("TWILIO_APPROVED"): phone.SMSVerified,
	} {
		c, _ := newClient(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"verifications": [`+verifications+`], "meta": {}}`)
		})
		if got, err := c.SMSState(t.Context(), phone.Owned{SID: "PN1"}); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", verifications, got, err, want)
		}
	}
}

func TestANumberThatIsGoneSaysSo(t *testing.T) {
	c, _ := newClient(t, refusal(400, "21422"))
	_, err := c.BuyNumber(t.Context(), "+18335550111", "usr_01")
	var r *phone.Refusal
	if !errors.As(err, &r) || !r.Taken {
		t.Errorf("got %v", err)
	}
}

package sendgrid

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"xswarm.ai/server/internal/mail"
)

// vendor is a server that answers as SendGrid does, and keeps what it was asked.
type vendor struct {
	*httptest.Server
	mu       sync.Mutex
	requests []received
}

type received struct {
	Method, Path, Authorization, ContentType string
	Body                                     payload
}

// payload is what we rely on in a Mail Send request.
type payload struct {
	Personalizations []struct {
		To         []struct{ Email, Name string }
		CustomArgs map[string]string `json:"custom_args"`
	}
	From       struct{ Email, Name string }
	Subject    string
	Content    []struct{ Type, Value string }
	Headers    map[string]string
	Categories []string
	Tracking   map[string]struct {
		Enable     *bool
		EnableText *bool `json:"enable_text"`
	} `json:"tracking_settings"`
}

func newVendor(t *testing.T, answer http.HandlerFunc) *vendor {
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := received{Method: r.Method, Path: r.URL.Path, Authorization: r.Header.Get("Authorization"),
			ContentType: r.Header.Get("Content-Type")}
		if err := json.NewDecoder(r.Body).Decode(&got.Body); err != nil {
			t.Errorf("the request is no JSON: %v", err)
		}
		v.mu.Lock()
		v.requests = append(v.requests, got)
		v.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) client(t *testing.T) *Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return New(Options{APIKey: "SG.key", BaseURL: v.URL, FromEmail: "noreply@xswarm.example", FromName: "xSwarm", Transport: tr})
}

func accepted(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Message-Id", "14c5d75ce93.dfd.64b469")
	w.WriteHeader(http.StatusAccepted)
}

// failing answers with a status and a payload from testdata.
func failing(t *testing.T, status int, file string, headers ...string) http.HandlerFunc {
	body := ""
	if file != "" {
		b, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

var letter = mail.Message{
	ID: "job_01jd3k", To: "ada@example.com", ToName: "Lovelace, Ada", Kind: "verify",
	Subject: "Confirm your address", Text: "Hello Ada", HTML: "<p>Hello Ada</p>",
}

func TestAMailIsAskedForInSendGridsWords(t *testing.T) {
	v := newVendor(t, accepted)
	if err := v.client(t).SendMail(t.Context(), letter); err != nil {
		t.Fatalf("SendMail: %v", err)
	}
	got := v.requests[0]
	if got.Method != "POST" || got.Path != "/v3/mail/send" || got.Authorization != "Bearer SG.key" || got.ContentType != "application/json" {
		t.Errorf("got %s %s, Authorization %q, Content-Type %q", got.Method, got.Path, got.Authorization, got.ContentType)
	}
	b := got.Body
	if len(b.Personalizations) != 1 || len(b.Personalizations[0].To) != 1 {
		t.Fatalf("personalizations = %+v, want one with one recipient", b.Personalizations)
	}
	p := b.Personalizations[0]
	for what, c := range map[string][2]string{
		"to":           {p.To[0].Email, "ada@example.com"},
		"to's name":    {p.To[0].Name, "Lovelace Ada"},
		"msg_id":       {p.CustomArgs["msg_id"], "job_01jd3k"},
		"from":         {b.From.Email, "noreply@xswarm.example"},
		"from's name":  {b.From.Name, "xSwarm"},
		"subject":      {b.Subject, "Confirm your address"},
		"Message-ID":   {b.Headers["Message-ID"], "<job_01jd3k@xswarm.example>"},
		"categories":   {strings.Join(b.Categories, ","), "verify"},
		"content":      {fmt.Sprint(b.Content), "[{text/plain Hello Ada} {text/html <p>Hello Ada</p>}]"},
		"is automatic": {b.Headers["Auto-Submitted"], "auto-generated"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s = %q, want %q", what, c[0], c[1])
		}
	}
}

func TestNothingInAMailIsTracked(t *testing.T) {
	v := newVendor(t, accepted)
	if err := v.client(t).SendMail(t.Context(), letter); err != nil {
		t.Fatalf("SendMail: %v", err)
	}
	tracking := v.requests[0].Body.Tracking
	for _, kind := range []string{"click_tracking", "open_tracking", "subscription_tracking"} {
		if on := tracking[kind].Enable; on == nil || *on {
			t.Errorf("%s is not switched off", kind)
		}
	}
	if on := tracking["click_tracking"].EnableText; on == nil || *on {
		t.Error("links of the text form are not left alone")
	}
}

func TestAnswersBecomeWhatTheSenderPromises(t *testing.T) {
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		fails     bool
		rejected  bool
		mentioned string
	}{
		"accepted":            {answer: accepted},
		"validated (sandbox)": {answer: failing(t, 200, "")},
		"bad address":         {failing(t, 400, "400_address.json"), true, true, "valid address"},
		"too large":           {failing(t, 413, ""), true, true, "413"},
		"wrong key":           {failing(t, 401, "401.json"), true, false, "SENDGRID_API_KEY"},
		"unverified sender":   {failing(t, 403, "403_sender.json"), true, false, "FROM_EMAIL"},
		"too many":            {failing(t, 429, "429.json"), true, false, "too many requests"},
		"wrong place":         {failing(t, 404, ""), true, false, "404"},
		"elsewhere":           {failing(t, 307, "", "Location", "https://evil.example/v3/mail/send"), true, false, "307"},
		"down":                {failing(t, 500, ""), true, false, "500"},
		"overloaded":          {failing(t, 503, ""), true, false, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor(t, c.answer)
			err := v.client(t).SendMail(t.Context(), letter)
			if (err != nil) != c.fails || errors.Is(err, mail.ErrRejected) != c.rejected || errors.Is(err, mail.ErrUnknown) {
				t.Fatalf("got %v, want an error: %t, rejected: %t, and never unknown", err, c.fails, c.rejected)
			}
			if err != nil && !strings.Contains(err.Error(), c.mentioned) {
				t.Errorf("%q does not mention %q", err, c.mentioned)
			}
			if len(v.requests) != 1 {
				t.Errorf("%d requests were made, want 1", len(v.requests))
			}
		})
	}
}

func TestReasonsDoNotCarryAddressesIntoTheLog(t *testing.T) {
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, `{"errors":[{"message":"Invalid recipient ada@example.com given","field":"to","help":null}]}`)
	})
	err := v.client(t).SendMail(t.Context(), letter)
	if err == nil || strings.Contains(err.Error(), "ada@") || !strings.Contains(err.Error(), "Invalid recipient") {
		t.Errorf("got %v, want the reason without the address", err)
	}
}

func TestARequestThatNobodyAnswersIsUnknown(t *testing.T) {
	t.Run("cut after it was read", func(t *testing.T) {
		v := newVendor(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		if err := v.client(t).SendMail(t.Context(), letter); !errors.Is(err, mail.ErrUnknown) {
			t.Errorf("got %v, want ErrUnknown", err)
		}
	})
	t.Run("given up while it waits", func(t *testing.T) {
		ctx, cancel := contextWithCancel(t)
		v := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		if err := v.client(t).SendMail(ctx, letter); !errors.Is(err, mail.ErrUnknown) {
			t.Errorf("got %v, want ErrUnknown", err)
		}
	})
	t.Run("over a transport that tells nothing", func(t *testing.T) {
		c := New(Options{APIKey: "k", FromEmail: "a@b.c", Transport: transport(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("network connection lost")
		})})
		if err := c.SendMail(t.Context(), letter); !errors.Is(err, mail.ErrUnknown) {
			t.Errorf("got %v, want ErrUnknown", err)
		}
	})
}

func TestARequestThatWasNeverSentIsNot(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		v := newVendor(t, accepted)
		c := v.client(t)
		v.Close()
		err := c.SendMail(t.Context(), letter)
		var dial *net.OpError
		if !errors.As(err, &dial) || errors.Is(err, mail.ErrUnknown) || errors.Is(err, mail.ErrRejected) {
			t.Errorf("got %v, want the dial's error alone", err)
		}
	})
	t.Run("no trust in who answers", func(t *testing.T) {
		tls := httptest.NewUnstartedServer(http.HandlerFunc(accepted))
		tls.Config.ErrorLog = log.New(io.Discard, "", 0)
		tls.StartTLS()
		t.Cleanup(tls.Close)
		c := New(Options{APIKey: "k", BaseURL: tls.URL, FromEmail: "a@b.c", Transport: &http.Transport{}})
		if err := c.SendMail(t.Context(), letter); err == nil || errors.Is(err, mail.ErrUnknown) {
			t.Errorf("got %v, want a plain error", err)
		}
	})
	t.Run("given up before", func(t *testing.T) {
		ctx, cancel := contextWithCancel(t)
		cancel()
		v := newVendor(t, accepted)
		if err := v.client(t).SendMail(ctx, letter); err == nil || errors.Is(err, mail.ErrUnknown) || len(v.requests) != 0 {
			t.Errorf("got %v after %d requests, want a plain error and none", err, len(v.requests))
		}
	})
}

func TestAnAcceptedMailWhoseAnswerIsCutIsAccepted(t *testing.T) {
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusAccepted)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	if err := v.client(t).SendMail(t.Context(), letter); err != nil {
		t.Errorf("got %v, want nil: the status was received", err)
	}
}

func TestManyMailsAtOnceNeverMix(t *testing.T) {
	v := newVendor(t, accepted)
	c := v.client(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			m := letter
			m.ID = fmt.Sprintf("job_%d", i)
			m.To = fmt.Sprintf("user%d@example.com", i)
			m.Text = fmt.Sprintf("only for user%d@example.com", i)
			if err := c.SendMail(t.Context(), m); err != nil {
				t.Errorf("mail %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, r := range v.requests {
		p := r.Body.Personalizations[0]
		to := p.To[0].Email
		seen[to] = true
		want := "job_" + strings.TrimSuffix(strings.TrimPrefix(to, "user"), "@example.com")
		if r.Body.Content[0].Value != "only for "+to || p.CustomArgs["msg_id"] != want {
			t.Errorf("the mail to %s says %q and is %s", to, r.Body.Content[0].Value, p.CustomArgs["msg_id"])
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d people got a mail, want 200", len(seen))
	}
}

func TestWithoutATransportThereIsNoClient(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New made a client that uses the shared transport")
		}
	}()
	New(Options{APIKey: "k", FromEmail: "a@b.c"})
}

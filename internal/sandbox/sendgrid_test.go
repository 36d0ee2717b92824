package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
)

func TestAMailFromTheOfficialLibraryArrives(t *testing.T) {
	w := newWorld(t)
	res := w.mail(aLetter())
	if res.StatusCode != http.StatusAccepted || res.Body != "" {
		t.Fatalf("got %d %q, want 202 without a body", res.StatusCode, res.Body)
	}
	id := res.Headers["X-Message-Id"]
	mails := w.data("/sandbox/api/mails")
	if len(id) != 1 || len(mails) != 1 {
		t.Fatalf("got id %v and %d mails, want one of each", id, len(mails))
	}
	m := mails[0]
	for field, want := range map[string]string{
		"id": id[0] + ".0", "from": "noreply@xswarm.ai", "from_name": "xSwarm", "to": "[ada@example.com]", "cc": "[]",
		"subject": "Please confirm", "text": "Go to http://localhost:8787/verify-email?token=abc.",
		"headers": "map[Message-ID:<job_1@xswarm.ai>]", "custom_args": "map[msg_id:job_1]", "categories": "[verify]",
		"attachments": "[]", "at": "2026-11-22T09:00:00Z",
	} {
		if got := fmt.Sprint(m[field]); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
	if html, _ := m["html"].(string); !strings.Contains(html, "Confirm</a>") {
		t.Errorf("html: got %q, want the one that was sent", html)
	}
	if v := w.Violations(); len(v) != 0 {
		t.Errorf("violations: got %v, want none", v)
	}
}

func TestEachPersonalizationIsAMailOfItsOwn(t *testing.T) {
	w := newWorld(t)
	m := aLetter()
	p := sgmail.NewPersonalization()
	p.AddTos(sgmail.NewEmail("", "bob@example.com"))
	p.Subject = "For Bob"
	m.AddPersonalizations(p)
	w.mail(m)
	mails := w.Mails()
	if len(mails) != 2 {
		t.Fatalf("got %d mails, want 2", len(mails))
	}
	if got := mails[1].Subject + " " + mails[1].To[0]; got != "For Bob bob@example.com" {
		t.Errorf("got %q, want Bob's own", got)
	}
	if mails[0].Subject != "Please confirm" || len(mails[0].To) != 1 {
		t.Errorf("got %+v, want Ada's without Bob", mails[0])
	}
}

func TestSendGridRefusesAsTheVendorDoes(t *testing.T) {
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"email":"p%d@example.com"}`, i))
		}
		return strings.Join(list, ",")
	}
	const (
		to      = `"personalizations":[{"to":[{"email":"ada@example.com"}]}]`
		from    = `"from":{"email":"noreply@xswarm.ai"}`
		subject = `"subject":"Hello"`
		content = `"content":[{"type":"text/plain","value":"x"}]`
	)
	all := func(parts ...string) string { return "{" + strings.Join(parts, ",") + "}" }
	for _, c := range []struct {
		name, body, field, message string
	}{
		{"no sender", all(to, subject, content), "from.email", "from object must be provided"},
		{"sender is a string", all(to, `"from":"x@y.z"`, subject, content), "from", "Expected: object, given: string"},
		{"sender without an address", all(to, `"from":{"email":"nobody"}`, subject, content), "from.email", "valid address"},
		{"nobody to send to", all(`"personalizations":[]`, from, subject, content), "personalizations", "at least one personalization"},
		{"no personalizations", all(from, subject, content), "personalizations", "at least one personalization"},
		{"personalization for nobody", all(`"personalizations":[{"to":[]}]`, from, subject, content), "personalizations.0.to", "to array is required"},
		{"bad recipient", all(`"personalizations":[{"to":[{"email":"ada@"}]}]`, from, subject, content), "personalizations.0.to.0.email", "valid address"},
		{"recipient twice", all(`"personalizations":[{"to":[{"email":"a@x.org"}],"cc":[{"email":"A@x.org"}]}]`, from, subject, content), "personalizations.0", "should be unique between to, cc, and bcc"},
		{"too many", all(`"personalizations":[{"to":[`+many(1001)+`]}]`, from, subject, content), "personalizations", "1000 total recipients"},
		{"no subject", all(to, from, content), "subject", "subject is required"},
		{"empty subject", all(to, from, `"subject":""`, content), "subject", "subject is required"},
		{"no content", all(to, from, subject), "content", "content parameter is required"},
		{"empty content", all(to, from, subject, `"content":[{"type":"text/plain","value":""}]`), "content.0.value", "at least one character"},
		{"HTML before text", all(to, from, subject, `"content":[{"type":"text/html","value":"x"},{"type":"text/plain","value":"x"}]`), "content", "text/plain first"},
		{"text twice", all(to, from, subject, `"content":[{"type":"text/plain","value":"x"},{"type":"text/plain","value":"x"}]`), "content", "only be provided once"},
		{"own From header", all(to, from, subject, content, `"headers":{"From":"x@y.z"}`), "headers", "reserved"},
		{"header with a line break", all(to, from, subject, content, `"headers":{"X-A":"b\r\nBcc: x@y.z"}`), "headers", "CRLF"},
		{"long custom arguments", all(to, from, subject, content, `"custom_args":{"a":"`+strings.Repeat("x", 10_000)+`"}`), "custom_args", "10000 bytes"},
		{"too many categories", all(to, from, subject, content, `"categories":["a","b","c","d","e","f","g","h","i","j","k"]`), "categories", "limit of 10"},
		{"attachment in clear", all(to, from, subject, content, `"attachments":[{"content":"?!","filename":"a"}]`), "attachments.0.content", "base64"},
		{"too far ahead", all(to, from, subject, content, `"send_at":1999999999`), "send_at", "72 hours"},
		{"unknown template", all(to, from, `"template_id":"d-1"`), "template_id", "template_id"},
		{"no object", `[]`, "<nil>", "Expected: object"},
		{"no JSON", `{`, "<nil>", "Bad Request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			status, body := w.request(http.MethodPost, "/sandbox/vendors/sendgrid/v3/mail/send", "Bearer "+testKey, "application/json", c.body)
			if status != http.StatusBadRequest {
				t.Fatalf("got %d %v, want 400", status, body)
			}
			found := false
			for _, e := range body["errors"].([]any) {
				e := e.(map[string]any)
				if _, ok := e["help"]; !ok {
					t.Errorf("got %v, want a member help", e)
				}
				found = found || strings.Contains(e["message"].(string), c.message) && fmt.Sprint(e["field"]) == c.field
			}
			if !found {
				t.Errorf("got %v, want field %q with %q", body["errors"], c.field, c.message)
			}
			if n := len(w.Mails()); n != 0 {
				t.Errorf("got %d mails, want none", n)
			}
		})
	}
}

// request makes a request with a key and a content type.
func (w *world) request(method, path, authorization, contentType, body string) (int, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	var out map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			w.t.Fatalf("%v in %q", err, raw)
		}
	}
	return res.StatusCode, out
}

func TestSendGridChecksWhoSends(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MailDomains = []string{"xswarm.ai"} })
	body := `{}`
	for _, c := range []struct {
		name, key, kind string
		status          int
	}{
		{"without a key", "", "application/json", 401},
		{"with another key", "Bearer SG.other", "application/json", 401},
		{"as a form", "Bearer " + testKey, "application/x-www-form-urlencoded", 415},
		{"with the key", "Bearer " + testKey, "application/json", 400},
	} {
		status, got := w.request("POST", "/sandbox/vendors/sendgrid/v3/mail/send", c.key, c.kind, body)
		if status != c.status || len(got["errors"].([]any)) == 0 {
			t.Errorf("%s: got %d %v, want %d and errors", c.name, status, got, c.status)
		}
	}
	if status, _ := w.request("GET", "/sandbox/vendors/sendgrid/v3/mail/send", "Bearer "+testKey, "", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d, want 405", status)
	}
	if status, _ := w.request("POST", "/sandbox/vendors/sendgrid/v3/other", "Bearer "+testKey, "", ""); status != http.StatusNotFound {
		t.Errorf("another path: got %d, want 404", status)
	}
	m := aLetter()
	m.From.Address = "noreply@example.com"
	if res := w.mail(m); res.StatusCode != http.StatusForbidden || !strings.Contains(res.Body, "verified Sender Identity") {
		t.Errorf("another domain: got %d %s, want 403", res.StatusCode, res.Body)
	}
	if res := w.mail(aLetter()); res.StatusCode != http.StatusAccepted {
		t.Errorf("own domain: got %d, want 202", res.StatusCode)
	}
}

func TestSandboxModeOfSendGridDeliversNothing(t *testing.T) {
	w := newWorld(t)
	m := aLetter()
	m.MailSettings = sgmail.NewMailSettings().SetSandboxMode(sgmail.NewSetting(true))
	if res := w.mail(m); res.StatusCode != http.StatusOK {
		t.Errorf("got %d, want 200", res.StatusCode)
	}
	if n := len(w.Mails()); n != 0 {
		t.Errorf("got %d mails, want none", n)
	}
}

func TestAnUnknownKeyOfAMailIsAViolationAndNotAnError(t *testing.T) {
	w := newWorld(t)
	status, _ := w.request("POST", "/sandbox/vendors/sendgrid/v3/mail/send", "Bearer "+testKey, "application/json",
		`{"personalizations":[{"to":[{"email":"ada@example.com","nick":"x"}]}],"from":{"email":"a@b.org"},"subject":"s",
		"content":[{"type":"text/plain","value":"x"}],"priority":"high"}`)
	if status != http.StatusAccepted {
		t.Fatalf("got %d, want 202", status)
	}
	got := w.data("/sandbox/api/violations")
	if len(got) != 2 || got[1]["field"] != "personalizations.0.to.0.nick" || got[0]["field"] != "priority" {
		t.Errorf("got %v, want nick and priority", got)
	}
	if got[0]["vendor"] != "sendgrid" || got[0]["operation"] != "mail.send" {
		t.Errorf("got %v, want sendgrid's mail.send", got[0])
	}
}

// No body, however odd, may do more than be refused.
func FuzzMailBody(f *testing.F) {
	f.Add(`{"personalizations":[{"to":[{"email":"a@b.c"}]}],"from":{"email":"a@b.c"},"subject":"x","content":[{"type":"text/plain","value":"y"}]}`)
	f.Add(`{"personalizations":[{"to":null}],"from":{},"headers":{"a":1}}`)
	f.Add(`[[]]`)
	f.Fuzz(func(t *testing.T, raw string) {
		var body any
		d := json.NewDecoder(strings.NewReader(raw))
		d.UseNumber()
		if d.Decode(&body) != nil {
			return
		}
		errs, _ := checkMail(body, time.Unix(0, 0))
		var req mailRequest
		if len(errs) > 0 {
			return
		}
		if err := json.Unmarshal([]byte(raw), &req); err == nil {
			for _, m := range req.mails("id", time.Unix(0, 0)) {
				if len(m.To) == 0 || m.From == "" || m.Subject == "" {
					t.Errorf("got %+v from %q, want sender, recipient and subject", m, raw)
				}
			}
		}
	})
}

package sendgrid

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	v3 "github.com/sendgrid/sendgrid-go/helpers/mail"

	"xswarm.ai/server/internal/mail"
)

// Whatever is in a mail, the request has one recipient, two contents and three
// headers of ours, and says what it was told to say.
func FuzzAMailIsOneRequestToOnePerson(f *testing.F) {
	f.Add("Ada", "Confirm your address", "Hello", "<p>Hello</p>")
	f.Add(`"Ada" <x@evil.example>, Bob; Eve`, "a\r\nBcc: b", "\x00", "")
	f.Add("\xff", "\u2028", `{"personalizations":[]}`, "</script>")
	c := New(Options{APIKey: "SG.x", FromEmail: "noreply@xswarm.ai", FromName: "xSwarm", Transport: http.DefaultTransport})
	f.Fuzz(func(t *testing.T, name, subject, text, html string) {
		var got payload
		raw := v3.GetRequestBody(c.compose(mail.Message{
			ID: "job_1", To: "ada@example.com", ToName: name, Subject: subject, Text: text, HTML: html, Kind: "verify",
		}))
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("the request is no JSON: %v\n%s", err, raw)
		}
		if len(got.Personalizations) != 1 || len(got.Personalizations[0].To) != 1 || got.Personalizations[0].To[0].Email != "ada@example.com" ||
			got.Personalizations[0].CustomArgs[messageIDArg] != "job_1" || got.From.Email != "noreply@xswarm.ai" {
			t.Fatalf("it goes to somebody else: %s", raw)
		}
		if n := got.Personalizations[0].To[0].Name; strings.ContainsAny(n, `,;"`) {
			t.Fatalf("the name %q ends early", n)
		}
		for header, value := range got.Headers {
			if header != "Message-ID" && header != "Auto-Submitted" || strings.ContainsAny(value, "\r\n") {
				t.Fatalf("header %s: %q", header, value)
			}
		}
		if text == strings.ToValidUTF8(text, "") && len(got.Content) > 0 && got.Content[0].Value != text {
			t.Fatalf("the text is %q, want %q", got.Content[0].Value, text)
		}
	})
}

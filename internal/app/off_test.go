package app

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/store/storetest"
)

func TestAVendorThatIsOffIsNeverCalled(t *testing.T) {
	cfg, err := from(map[string]string{"SENDGRID_API_KEY": "off", "TWILIO_ACCOUNT_SID": "off", "JWT_SECRET": strings.Repeat("s", 32)})
	if err != nil {
		t.Fatal(err)
	}
	// Without a transport the vendors' clients would not even be made.
	a, err := New(cfg, Deps{Engine: storetest.EmbeddedEngine(t), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := (noMail{}).SendMail(t.Context(), mail.Message{}); !errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), "SENDGRID_API_KEY") {
		t.Errorf("got %v", err)
	}
	w := httptest.NewRecorder()
	a.Handler.ServeHTTP(w, httptest.NewRequest("POST", "/webhooks/twilio/sms", strings.NewReader("Body=x")))
	if w.Code != 404 {
		t.Errorf("a webhook of a carrier that is off: got %d", w.Code)
	}
}

func TestAProductWithoutKeysOrEmulatorIsRefused(t *testing.T) {
	cfg, err := from(map[string]string{"JWT_SECRET": strings.Repeat("s", 32)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(cfg, Deps{Engine: storetest.EmbeddedEngine(t), Now: time.Now, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("it was made all the same")
	}
}

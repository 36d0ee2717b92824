package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

var tenth = time.Date(2026, 11, 10, 8, 0, 0, 0, time.UTC)

// onTwoDevices is somebody signed in on two devices, of which the older has no
// name. It keeps what it is asked.
type onTwoDevices struct {
	Accounts
	device account.Device
}

func (*onTwoDevices) Authenticate(context.Context, string) (account.Session, error) {
	return account.Session{ID: "ses_2", User: account.User{ID: "usr_1"}}, nil
}

func (*onTwoDevices) Sessions(_ context.Context, userID string) ([]account.Session, error) {
	return []account.Session{
		{ID: "ses_2", Token: "s3cret", Device: "Firefox on Linux", CreatedAt: tenth, LastUsedAt: tenth.Add(time.Hour), DeviceToken: "s3cret"},
		{ID: "ses_1", CreatedAt: tenth, LastUsedAt: tenth},
	}, nil
}

func (*onTwoDevices) EndSession(_ context.Context, s account.Session, id string) error {
	if s.ID == "ses_2" && id == "ses_1" {
		return nil
	}
	return fault.ErrNotFound
}

func (d *onTwoDevices) ChangePassword(_ context.Context, s account.Session, in account.PasswordChange) (account.Session, error) {
	d.device = in.Device
	if in.Current != "the old words" {
		return account.Session{}, fault.Body("current_password", "is wrong")
	}
	return account.Session{Token: "fresh", ExpiresAt: tenth, User: s.User}, nil
}

func (d *onTwoDevices) ask(method, path, body string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	Register(mux, Options{
		Accounts: d, Client: func(*http.Request) string { return "192.0.2.1" },
		Now: func() time.Time { return tenth }, Log: slog.New(slog.DiscardHandler),
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("User-Agent", "curl/8.0")
	mux.ServeHTTP(w, r)
	return w
}

func TestSessionsAreListedWithoutTheirSecretsAndTheAskingOneIsMarked(t *testing.T) {
	const want = `{"data":[` +
		`{"id":"ses_2","device":"Firefox on Linux","place":"unknown","created_at":"2026-11-10T08:00:00Z","last_used_at":"2026-11-10T09:00:00Z","expires_at":"0001-01-01T00:00:00Z","current":true},` +
		`{"id":"ses_1","device":"Unknown device","place":"unknown","created_at":"2026-11-10T08:00:00Z","last_used_at":"2026-11-10T08:00:00Z","expires_at":"0001-01-01T00:00:00Z","current":false}` +
		`],"next_cursor":null}` + "\n"
	if w := new(onTwoDevices).ask("GET", "/auth/sessions", ""); w.Code != 200 || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
}

func TestOnlyOnesOwnSessionsCanBeEnded(t *testing.T) {
	for id, want := range map[string]int{"ses_1": 204, "ses_9": 404} {
		if w := new(onTwoDevices).ask("DELETE", "/auth/sessions/"+id, ""); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", id, w.Code, w.Body, want)
		}
	}
}

func TestAChangedPasswordAnswersWithANewSession(t *testing.T) {
	d := &onTwoDevices{}
	w := d.ask("POST", "/auth/change-password", `{"current_password":"the old words","new_password":"quite other words"}`)
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"token":"fresh","token_type":"Bearer","expires_at":"2026-11-10T08:00:00Z","user":{`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if d.device != (account.Device{UserAgent: "curl/8.0"}) {
		t.Errorf("the device is %+v", d.device)
	}
	w = d.ask("POST", "/auth/change-password", `{"current_password":"no","new_password":"quite other words"}`)
	if w.Code != 422 || !strings.Contains(w.Body.String(), `"location":"body.current_password"`) {
		t.Errorf("a wrong password: got %d %s", w.Code, w.Body)
	}
}

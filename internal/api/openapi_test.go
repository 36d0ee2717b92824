package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// signedOut is accounts to which nobody is signed in.
type signedOut struct{ Accounts }

func (signedOut) Authenticate(context.Context, string) (account.Session, error) {
	return account.Session{}, account.ErrUnauthenticated
}

func (signedOut) SignUp(context.Context, account.SignUp) error {
	return fault.Body("email", "must be an address").With(io.ErrUnexpectedEOF)
}

func described(t *testing.T) (*http.ServeMux, *huma.OpenAPI) {
	t.Helper()
	mux := http.NewServeMux()
	d := Register(mux, Options{
		Accounts: signedOut{}, Client: func(*http.Request) string { return "192.0.2.1" }, Cookie: "xswarm_session",
		BaseURL: "https://xswarm.ai", Version: "test", Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	return mux, d
}

// The description is what other people's programs are built on: a change shows
// in this file, in review.
func TestTheDescriptionIsTheOneInTestdata(t *testing.T) {
	_, d := described(t)
	raw, err := d.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the API's description has changed: if that is meant, go test ./internal/api -update, and say it in CHANGELOG.md")
	}
}

func TestEveryRouteIsDescribedForPeople(t *testing.T) {
	_, d := described(t)
	var page bytes.Buffer
	if err := Reference(d).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, item := range d.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			n++
			if op.Summary == "" || !strings.Contains(page.String(), `id="`+op.OperationID+`"`) {
				t.Errorf("%s %s is not on the page, or has no summary", op.Method, path)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d routes are described", n)
	}
}

func TestEveryRouteOfMembersAsksWhoItIs(t *testing.T) {
	mux, d := described(t)
	n := 0
	for path, item := range d.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil || len(op.Security) == 0 {
				continue
			}
			n++
			w := httptest.NewRecorder()
			r := httptest.NewRequest(op.Method, strings.ReplaceAll(path, "{id}", "x"), strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			mux.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"code":"unauthenticated"`) {
				t.Errorf("%s %s, signed out: got %d %s", op.Method, path, w.Code, w.Body)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d routes ask", n)
	}
}

func TestAnAuthorizationThatIsNotUnderstoodDoesNotFallBackToTheCookie(t *testing.T) {
	a := &api{Options: Options{Cookie: "xswarm_session"}}
	r := httptest.NewRequest("GET", "/auth/me", nil)
	r.AddCookie(&http.Cookie{Name: "xswarm_session", Value: "cookie"})
	for header, want := range map[string]string{"": "cookie", "Bearer token": "token", "Basic abc": "", "Bearer": "", "token": ""} {
		r.Header.Set("Authorization", header)
		if got := a.token(r); got != want {
			t.Errorf("Authorization %q: got %q, want %q", header, got, want)
		}
	}
}

func TestAFaultOfTheServiceNamesItsField(t *testing.T) {
	mux, _ := described(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/auth/signup", strings.NewReader(`{"email":"x","password":"wide blue kettle"}`))
	mux.ServeHTTP(w, r)
	if w.Code != 422 || w.Header().Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(w.Body.String(), `"location":"body.email"`) || strings.Contains(w.Body.String(), "EOF") {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

// Package api is the JSON API: one table of routes, one file per resource, and
// the OpenAPI description that is made from the same code.
//
// Handlers decode, call one method of a service, and encode. Who may do what is
// decided by the services.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// Accounts is what the API needs of package account.
type Accounts interface {
	SignUp(ctx context.Context, s account.SignUp) error
	ResendVerification(ctx context.Context, email, client string) error
	VerifyEmail(ctx context.Context, token string) (account.User, error)
	Login(ctx context.Context, c account.Credentials) (account.Session, error)
	Authenticate(ctx context.Context, token string) (account.Session, error)
	Logout(ctx context.Context, s account.Session, all bool) error
	ForgotPassword(ctx context.Context, email, client string) error
	ResetPassword(ctx context.Context, token, password, client string) (account.User, error)

	ChangePassword(ctx context.Context, s account.Session, in account.PasswordChange) (account.Session, error)
	Sessions(ctx context.Context, userID string) ([]account.Session, error)
	EndSession(ctx context.Context, s account.Session, id string) error
	EndOtherSessions(ctx context.Context, s account.Session) error
	ChangeEmail(ctx context.Context, s account.Session, in account.EmailChange) error
	PendingEmail(ctx context.Context, userID string) (account.EmailPending, error)
	ConfirmEmailChange(ctx context.Context, token, client string) (account.EmailPending, bool, error)
	CancelEmailChange(ctx context.Context, token, client string) error
	DropEmailChange(ctx context.Context, s account.Session) error
	ChangeUsername(ctx context.Context, s account.Session, username, client string) (account.User, error)
}

// Phones is what the API needs of package phone.
type Phones interface {
	AddPhone(ctx context.Context, u account.User, number, client string) (phone.Phone, error)
	VerifyPhone(ctx context.Context, u account.User, phoneID, code string) (phone.Phone, error)
	RemovePhone(ctx context.Context, u account.User, phoneID string) error
	Phones(ctx context.Context, userID string) ([]phone.Phone, error)
	Numbers(ctx context.Context, userID string) ([]phone.Number, error)
	BuyNumber(ctx context.Context, u account.User) (phone.Number, error)
	ReleaseNumber(ctx context.Context, u account.User, numberID string) error
	Texts(ctx context.Context, userID, cursor string, limit int) ([]phone.Text, string, error)
}

// Billing is what the API needs of package billing.
type Billing interface {
	Gate(ctx context.Context, u account.User, f plan.Feature) error
	Usage(ctx context.Context, u account.User) (billing.Usage, error)
	Subscription(u account.User) billing.Subscription
	Invoices(ctx context.Context, u account.User, cursor string, limit int) ([]billing.Invoice, string, error)
	Checkout(ctx context.Context, u account.User, r billing.CheckoutRequest) (billing.Checkout, error)
	Portal(ctx context.Context, u account.User, returnPath string) (string, error)
	Preview(ctx context.Context, u account.User, tier plan.Tier) (billing.Preview, error)
	Change(ctx context.Context, u account.User, r billing.ChangeRequest) (account.User, error)
	Cap(u account.User) plan.Cap
	SetCap(ctx context.Context, u account.User, c plan.Cap) (account.User, error)
}

// Tasks is what the API needs of package task.
type Tasks interface {
	List(ctx context.Context, userID string, status task.Status, cursor string, limit int) ([]task.Task, string, error)
}

// Facts is what the API needs of package memory.
type Facts interface {
	List(ctx context.Context, userID, cursor string, limit int) ([]memory.Fact, string, error)
}

// Once is what the API needs of package once.
type Once interface {
	Do(ctx context.Context, r once.Request, do func() (once.Answer, error)) (a once.Answer, again bool, err error)
}

// Options is what the API is made of.
type Options struct {
	Accounts  Accounts
	Phones    Phones
	Billing   Billing
	Tasks     Tasks
	Facts     Facts
	Operators Operators
	Once      Once
	Client    func(*http.Request) string // whose request it is, for limits
	Cookie    string                     // the name of the session cookie
	BaseURL   string
	Version   string
	Now       func() time.Time
	Log       *slog.Logger
	// Ready reports whether work can be done: nil, or what is missing.
	Ready func(context.Context) error
}

type api struct {
	Options
	mux  *http.ServeMux
	huma huma.API // the description, the formats, and the checks
}

// Register adds the API's routes to mux and returns its description.
func Register(mux *http.ServeMux, o Options) *huma.OpenAPI {
	a := newAPI(mux, o)
	a.routes()
	return a.huma.OpenAPI()
}

func newAPI(mux *http.ServeMux, o Options) *api {
	config := huma.DefaultConfig("xSwarm", o.Version)
	config.Info.Description = description
	config.Servers = []*huma.Server{{URL: o.BaseURL}}
	config.DocsPath = ""     // ours loads nothing from elsewhere
	config.CreateHooks = nil // they add "$schema" to every answer
	config.SchemasPath = ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The token from POST /auth/login."},
		cookie: {Type: "apiKey", In: "cookie", Name: o.Cookie, Description: "The session of the pages."},
	}
	return &api{Options: o, mux: mux, huma: humago.New(mux, config)}
}

const description = `The backend of an AI personal assistant people reach by phone, text, mail, web and API.

Failures are problem details (RFC 9457) with a stable ` + "`code`" + `. Lists are ` + "`{\"data\": […], \"next_cursor\": …}`" + `.
A request that sends something may carry an ` + "`Idempotency-Key`" + `: sent again with the same key, it is answered as the first time and
not done again. An answer given again has ` + "`Idempotency-Replayed: true`" + `; the key with another body is ` + "`idempotency_mismatch`" + `.
Sign in with POST /auth/login and send the token as ` + "`Authorization: Bearer …`" + `.`

// caller is who sent a request, as far as can be told without a token.
type caller struct{ client, agent string }

type (
	callerKey  struct{}
	sessionKey struct{}
)

// client is whose request it is, for limits.
func (a *api) client(ctx context.Context) string {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c.client
}

// device is what sent the request: a program, which keeps no cookie of ours.
func (a *api) device(ctx context.Context) account.Device {
	c, _ := ctx.Value(callerKey{}).(caller)
	return account.Device{UserAgent: c.agent}
}

// session is whose request it is, where a route is a member's.
func session(ctx context.Context) account.Session {
	s, _ := ctx.Value(sessionKey{}).(account.Session)
	return s
}

func user(ctx context.Context) account.User { return session(ctx).User }

// token is the request's token: that of its Authorization header, else that of
// the pages' cookie, else none.
func (a *api) token(r *http.Request) string {
	const scheme = "Bearer "
	if h := r.Header.Get("Authorization"); h != "" {
		if len(h) > len(scheme) && h[:len(scheme)] == scheme {
			return h[len(scheme):]
		}
		return "" // a header that is not understood must not fall back to the cookie
	}
	if c, err := r.Cookie(a.Cookie); err == nil {
		return c.Value
	}
	return ""
}

// Package web is the pages: the landing page with the plans, signing up and in,
// and the account. They are HTML made on the server, with one style sheet of our
// own and a script that nothing depends on.
//
// A page decodes a form, calls one method of a service, and shows what came of
// it; who may do what is decided by the services. What belongs to browsers alone
// is here:
//
//   - the session is a cookie that scripts cannot read and other sites cannot use,
//     and so is what tells a device that is known from a new one;
//   - every answer carries a policy that allows our own files and nothing else, and
//     forms that lead to us and to where people pay;
//   - a form sent from another site is refused before anything looks at it;
//   - pages with a token in their address only show a button, since scanners of
//     mail follow links: the token is used by the form that the button sends.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// Accounts is what the pages need of package account.
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

// Phones is what the pages need of package phone.
type Phones interface {
	AddPhone(ctx context.Context, u account.User, raw, client string) (phone.Phone, error)
	VerifyPhone(ctx context.Context, u account.User, phoneID, code string) (phone.Phone, error)
	RemovePhone(ctx context.Context, u account.User, phoneID string) error
	Phones(ctx context.Context, userID string) ([]phone.Phone, error)
	Numbers(ctx context.Context, userID string) ([]phone.Number, error)
	BuyNumber(ctx context.Context, u account.User) (phone.Number, error)
	ReleaseNumber(ctx context.Context, u account.User, numberID string) error
	Texts(ctx context.Context, userID, cursor string, limit int) ([]phone.Text, string, error)
}

// Billing is what the pages need of package billing.
type Billing interface {
	On() bool
	Usage(ctx context.Context, u account.User) (billing.Usage, error)
	Subscription(u account.User) billing.Subscription
	Checkout(ctx context.Context, u account.User, r billing.CheckoutRequest) (billing.Checkout, error)
	CheckoutReturn(ctx context.Context, u account.User, orderID string) (billing.Checkout, error)
	Portal(ctx context.Context, u account.User, returnPath string) (string, error)
	Invoices(ctx context.Context, u account.User, cursor string, limit int) ([]billing.Invoice, string, error)
	Preview(ctx context.Context, u account.User, tier plan.Tier) (billing.Preview, error)
	Change(ctx context.Context, u account.User, r billing.ChangeRequest) (account.User, error)
	Cap(u account.User) plan.Cap
	SetCap(ctx context.Context, u account.User, c plan.Cap) (account.User, error)
}

// Tasks is what the pages need of package task.
type Tasks interface {
	List(ctx context.Context, userID string, status task.Status, cursor string, limit int) ([]task.Task, string, error)
}

// Once is what the pages need of package once.
type Once interface {
	Do(ctx context.Context, r once.Request, do func() (once.Answer, error)) (a once.Answer, again bool, err error)
}

// Options is what the pages are made of.
type Options struct {
	Accounts Accounts
	Phones   Phones
	Billing  Billing
	Tasks    Tasks
	Once     Once

	// Reference is what the page /docs shows: the API, described by itself.
	Reference templ.Component

	BaseURL    string // forms from here are taken even if a proxy changes the Host
	SandboxURL string // the inspector's page; "" where there is no sandbox
	Contact    string // where to ask for a plan, a mail address; "" if nowhere
	TextsOff   bool   // there is no carrier: phones and numbers are not shown
	Secure     bool   // people come by HTTPS: the cookie is for nothing else

	// PaymentOrigins are where people are led to pay, like https://pay.example:
	// browsers do not follow a form to where the policy does not name.
	PaymentOrigins []string

	Client func(*http.Request) string // whose request it is, for limits
	Now    func() time.Time
	Log    *slog.Logger
}

type site struct {
	Options
	assets *assets
	policy string
	mux    *http.ServeMux
}

// New returns the pages, to be mounted at "/".
func New(o Options) http.Handler {
	s := &site{Options: o, assets: loadAssets(), policy: policy(o.PaymentOrigins), mux: http.NewServeMux()}
	s.routes()
	return s.hardened(s.sameOrigin(http.HandlerFunc(s.serve)))
}

// routes is the map of the site.
func (s *site) routes() {
	s.page("GET /{$}", s.landing)
	s.page("GET "+plansPath, s.showPlans)
	s.page("GET /docs", s.showReference)
	s.page("GET /signup", s.showSignUp)
	s.page("POST /signup", s.signUp)
	s.page("GET /resend-verification", s.showResend)
	s.page("POST /resend-verification", s.resend)
	s.page("GET /verify-email", s.showVerify)
	s.page("POST /verify-email", s.verify)
	s.page("GET /login", s.showLogin)
	s.page("POST /login", s.login)
	s.page("POST /logout", s.logout)
	s.page("GET /forgot-password", s.showForgot)
	s.page("POST /forgot-password", s.forgot)
	s.page("GET /reset-password", s.showReset)
	s.page("POST /reset-password", s.reset)
	s.page("GET /confirm-email-change", s.showConfirmEmail)
	s.page("POST /confirm-email-change", s.confirmEmail)
	s.page("GET /cancel-email-change", s.showCancelEmail)
	s.page("POST /cancel-email-change", s.cancelEmail)

	s.member("GET /app", s.showAccount)
	s.member("POST /app/phones", s.addPhone)
	s.member("POST /app/phones/{id}/verify", s.provePhone)
	s.member("POST /app/phones/{id}/remove", s.removePhone)
	s.member("POST "+numbersPath, s.buyNumber)
	s.member("GET "+giveUpPath("{id}"), s.showGiveUp)
	s.member("POST "+giveUpPath("{id}"), s.giveUp)
	s.member("GET /app/security", s.showSecurity)
	s.member("POST /app/security/password", s.changePassword)
	s.member("POST /app/security/sessions/end-others", s.endOthers)
	s.member("POST /app/security/sessions/{id}/end", s.endSession)
	s.member("POST /app/security/address", s.changeEmail)
	s.member("POST /app/security/address/drop", s.dropEmailChange)
	s.member("POST /app/security/username", s.changeUsername)

	s.member("GET "+billing.PagePath, s.showBilling)
	s.member("POST "+checkoutPath, s.checkout)
	s.member("GET "+billing.ReturnPath, s.showReturn)
	s.member("GET "+billing.PortalPath, s.portal)
	s.member("GET "+changePath, s.showChange)
	s.member("POST "+changePath, s.change)
	s.member("POST "+capPath, s.setCap)

	s.mux.HandleFunc("GET /assets/{name}", s.asset)
}

// action answers a request, or returns why it could not.
type action func(w http.ResponseWriter, r *http.Request) error

// page registers an action that is open to everybody.
func (s *site) page(pattern string, do action) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := do(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// serve answers what the map has, and the rest with a page that says so.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	// The mux would answer in plain text; only whether the method is at fault is
	// taken from it.
	seen := &discarded{header: http.Header{}}
	h.ServeHTTP(seen, r)
	if allow := seen.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		s.show(w, r, http.StatusMethodNotAllowed, problemPage(s.frame(r, "That does not work here"),
			"This page cannot be used in that way.", ""))
		return
	}
	s.show(w, r, http.StatusNotFound, notFoundPage(s.frame(r, "Page not found")))
}

// discarded is an answer of which only the headers are looked at.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(int)             {}

// Package app puts the product together: New takes a configuration and what the
// build supplies (a database engine, the outgoing transport, the clock) and
// returns the handler and the jobs. It is the only package that knows every
// other, and the tests go through it.
//
// Nothing it reaches may need a server: the same packages run as a Cloudflare
// Worker. arch_test.go says what that forbids.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/api"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/operator"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/sendgrid"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/stripe"
	"xswarm.ai/server/internal/task"
	"xswarm.ai/server/internal/twilio"
	"xswarm.ai/server/internal/web"
)

// Version is what the program says it is.
const Version = "0.3.0"

// requestTime is how long a request may work.
const requestTime = 30 * time.Second

// maxBody is how large any request's body may be: a payment event is the largest.
// The API and the other webhooks take less.
const maxBody = 256 << 10

// jobGrace is how long running jobs may go on when the program stops.
const jobGrace = 6 * time.Second

// parallelJobs is how many jobs run at a time.
const parallelJobs = 8

// Deps is what a build supplies.
type Deps struct {
	Engine    store.Engine
	Transport http.RoundTripper // every request to the outside goes through it
	Now       func() time.Time  // the product's clock
	Log       *slog.Logger
	// ParsePhone reads a telephone number as people write it and returns it in
	// E.164 form; nil: the plain check of package phone.
	ParsePhone func(string) (string, error)
	// Guess estimates how a password would be guessed; nil: only the plain rules of
	// package account hold.
	Guess func(password string, hints []string) account.Guess
	// Derive computes PBKDF2; nil: Go's own.
	Derive func(password, salt []byte, rounds, keyLen int) ([]byte, error)
	// SandboxURL is where the inspector is; "" when there is none.
	SandboxURL string

	// Who watches; nil: nobody. Requests stands around what answers them; Attempt
	// is jobs.Runner.Watch; Handed is told how handing over a mail or a text went.
	Requests httpkit.Middleware
	Attempt  func(context.Context, jobs.Job) (context.Context, func(jobs.Job))
	Handed   func(channel, outcome string)
}

// App is the product, put together.
type App struct {
	Handler   http.Handler
	Jobs      *jobs.Runner
	Store     *store.Store
	Accounts  *account.Service
	Phones    *phone.Service
	Billing   *billing.Service
	Operators *operator.Service
	Now       func() time.Time
}

// New puts the product together. It does no work yet: it neither asks the
// database nor starts anything.
func New(cfg Config, d Deps) (*App, error) {
	if len(cfg.JWTSecret) < 32 {
		return nil, errors.New("app: JWT_SECRET is missing")
	}
	if cfg.Sandboxed() {
		return nil, errors.New("app: a vendor has neither keys nor an emulator; what emulates it gives the configuration its keys")
	}
	if d.ParsePhone == nil {
		d.ParsePhone = phone.ParseE164
	}
	a := &App{Store: store.New(d.Engine, d.Now), Now: d.Now}
	a.Jobs = &jobs.Runner{Store: a.Store, Log: d.Log, Now: d.Now, Parallel: parallelJobs, Grace: jobGrace, Watch: d.Attempt}
	a.Store.OnJobs(a.Jobs.Wake)

	carrier := newCarrier(cfg, d)
	sender := newSender(cfg, d)
	if d.Handed != nil {
		sender = toldSender{sender, d.Handed}
		if carrier != nil {
			carrier = toldCarrier{carrier, d.Handed}
		}
	}
	letters := &mail.Letters{Sender: sender, BaseURL: cfg.BaseURL}
	tasks := task.New(a.Store)
	facts := memory.New(a.Store)
	a.Accounts = account.New(account.Options{
		Store: a.Store, Letters: letters, Secrets: cfg.Secrets(), Now: d.Now,
		Hasher:   account.NewHasher(account.HasherOptions{Rounds: cfg.PasswordIterations, Derive: d.Derive}),
		OnGrant:  func(u account.User) []jobs.Job { return append(a.Phones.PlanJobs(u), a.Billing.GrantJobs(u)...) },
		OnEnable: func(u account.User) []jobs.Job { return a.Phones.HeldJobs(u) },
		OnMove:   func(u account.User) []jobs.Job { return a.Billing.CustomerJobs(u) },
		Guess:    d.Guess,
	})
	a.Billing = billing.New(billing.Options{
		Store: a.Store, Payments: newPayments(cfg, d), Users: a.Accounts, Letters: letters, SMSBilling: cfg.SMSBilling,
		Grace:    time.Duration(cfg.GraceDays) * 24 * time.Hour,
		OnChange: func(u account.User) []jobs.Job { return a.Phones.PlanJobs(u) },
		BaseURL:  cfg.BaseURL, Operator: cfg.OperatorEmail, Now: d.Now, Log: d.Log,
	})
	a.Phones = phone.New(phone.Options{
		Store: a.Store, Carrier: carrier, Users: a.Accounts, Usage: a.Billing, Letters: letters,
		Assistant: assistant.New(assistant.Options{Tasks: tasks, Facts: facts, Usage: a.Billing, Now: d.Now}),
		Parse:     d.ParsePhone, Shared: cfg.TwilioNumber, Secrets: cfg.Secrets(), Now: d.Now,
		BaseURL: cfg.BaseURL, SMSBilling: cfg.SMSBilling,
	})
	a.Accounts.Register(a.Jobs)
	a.Billing.Register(a.Jobs)
	a.Phones.Register(a.Jobs)
	a.Operators = operator.New(a.Store, a.Jobs, d.Now)
	a.Handler = a.handler(cfg, d, tasks, facts)
	return a, nil
}

// Reaching lists the kinds of jobs that people see done.
func Reaching() []string {
	var kinds []string
	for _, duties := range []map[string]jobs.Duty{account.Duties(), billing.Duties(), phone.Duties()} {
		for kind, d := range duties {
			if d.Reaches {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// Start stores the first of the jobs that repeat themselves.
func (a *App) Start(ctx context.Context) error {
	if err := a.Accounts.Start(ctx); err != nil {
		return err
	}
	return a.Billing.Start(ctx)
}

// Ready reports whether the product can do its work, or what is missing.
func (a *App) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	pending, err := a.Store.Pending(ctx)
	if err != nil {
		return fault.New(fault.Unavailable, "database_unavailable", "The database does not answer.").With(err)
	}
	if pending > 0 {
		return fault.New(fault.Unavailable, "migrations_pending", "The database is older than the program: run xswarm migrate.")
	}
	return nil
}

// handler is every door of the product in one.
func (a *App) handler(cfg Config, d Deps, tasks *task.Service, facts *memory.Service) http.Handler {
	client := httpkit.Client(cfg.Proxies())
	requests := once.New(once.Options{Store: a.Store, Secrets: cfg.Secrets(), Now: d.Now, Log: d.Log})
	programs := http.NewServeMux()
	description := api.Register(programs, api.Options{
		Accounts: a.Accounts, Phones: a.Phones, Billing: a.Billing, Tasks: tasks, Facts: facts, Operators: a.Operators,
		Once: requests, Client: client, Cookie: web.CookieName(cfg.Secure()), BaseURL: cfg.BaseURL, Version: Version,
		Now: d.Now, Log: d.Log, Ready: a.Ready,
	})
	fail := func(w http.ResponseWriter, r *http.Request, err error) { httpkit.WriteProblem(w, r, d.Log, err) }
	if cfg.PhoneMode() != Off {
		hooks := twilio.NewWebhooks(twilio.WebhookOptions{
			AccountSID: cfg.TwilioSID, Tokens: words(cfg.TwilioTokens), BaseURL: cfg.BaseURL, Phones: a.Phones,
			Fail: fail,
		})
		programs.HandleFunc("POST /webhooks/twilio/sms", hooks.SMS)
		programs.HandleFunc("POST /webhooks/twilio/status", hooks.Status)
	}
	if cfg.PaymentMode() != Off {
		hooks := stripe.NewWebhooks(stripe.WebhookOptions{
			Secrets: words(cfg.StripeWebhooks), EventSecrets: words(cfg.StripeEvents),
			Live: stripe.Mode(string(cfg.StripeKey)) == stripe.ModeLive, Inbox: a.Billing, Now: d.Now,
			Fail: fail,
		})
		programs.HandleFunc("POST "+stripe.WebhookPath, hooks.Snapshot)
		programs.HandleFunc("POST "+stripe.EventsPath, hooks.Thin)
	}
	programs.Handle("/", api.NotFound(programs, d.Log))
	pages := web.New(web.Options{
		Accounts: a.Accounts, Phones: a.Phones, Billing: a.Billing, Tasks: tasks, Once: requests,
		BaseURL: cfg.BaseURL, SandboxURL: d.SandboxURL, Contact: cfg.OperatorEmail, TextsOff: cfg.PhoneMode() == Off, Secure: cfg.Secure(), Client: client,
		PaymentOrigins: stripe.PageOrigins(cfg.StripeBase),
		Reference:      api.Reference(description), Now: d.Now, Log: d.Log,
	})

	mux := http.NewServeMux()
	mux.Handle("/", pages)
	guarded := sameOrigin(cfg.BaseURL, d.Log)(programs)
	for _, folder := range append(api.Folders, "/webhooks/") {
		mux.Handle(folder, guarded)
	}
	// Log, and what is inside it, must see the very request that the muxes route:
	// they note the route there.
	watched := d.Requests
	if watched == nil {
		watched = func(next http.Handler) http.Handler { return next }
	}
	return httpkit.Wrap(mux,
		httpkit.Identify, httpkit.Deadline(requestTime), watched, httpkit.Log(d.Log), httpkit.Recover(d.Log),
		httpkit.Harden(cfg.Secure()), httpkit.Limit(maxBody))
}

// sameOrigin refuses what another site makes a signed-in browser send. The pages
// have a guard of their own, which answers with a page.
func sameOrigin(base string, log *slog.Logger) httpkit.Middleware {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(base); err != nil {
		panic("app: BASE_URL was not checked: " + err.Error())
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpkit.WriteProblem(w, r, log, fault.New(fault.Forbidden, "cross_origin",
			"This request came from another site and was refused."))
	}))
	return protection.Handler
}

func words(secrets []Secret) []string {
	var list []string
	for _, s := range secrets {
		list = append(list, string(s))
	}
	return list
}

// noMail is the sender where mail is turned off.
type noMail struct{}

func (noMail) SendMail(context.Context, mail.Message) error {
	return fmt.Errorf("%w: mail is turned off; set SENDGRID_API_KEY and retry the job", mail.ErrRejected)
}

func newSender(cfg Config, d Deps) mail.Sender {
	if cfg.MailMode() == Off {
		return noMail{}
	}
	return sendgrid.New(sendgrid.Options{
		APIKey: string(cfg.SendGridKey), BaseURL: cfg.SendGridBase,
		FromEmail: cfg.FromEmail, FromName: "xSwarm", Transport: d.Transport,
	})
}

// newCarrier returns nil when there are no texts.
func newCarrier(cfg Config, d Deps) phone.Carrier {
	if cfg.PhoneMode() == Off {
		return nil
	}
	return twilio.New(twilio.Options{
		AccountSID: cfg.TwilioSID, AuthToken: words(cfg.TwilioTokens)[0], BaseURL: cfg.TwilioBase,
		Transport: d.Transport, CallbackBase: cfg.BaseURL,
	})
}

// newPayments returns nil when nothing can be paid.
func newPayments(cfg Config, d Deps) billing.Payments {
	if cfg.PaymentMode() == Off {
		return nil
	}
	return stripe.New(StripeOptions(cfg, d.Transport, d.Now))
}

// StripeOptions is how Stripe is reached under a configuration.
func StripeOptions(cfg Config, transport http.RoundTripper, now func() time.Time) stripe.Options {
	return stripe.Options{
		SecretKey: string(cfg.StripeKey), BaseURL: cfg.StripeBase, Transport: transport, Now: now,
		TrialDays: int64(cfg.TrialDays), Coupon: cfg.Coupon, PromotionCodes: cfg.PromotionCodes, AutomaticTax: cfg.AutomaticTax,
	}
}

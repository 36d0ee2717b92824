package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/sandbox"
)

// The sandbox's own world. The numbers are fictional ones.
const (
	sandboxSID    = "AC00000000000000000000000000000000"
	sharedNumber  = "+18335550100"
	vendorsPath   = "/sandbox/vendors/"
	sandboxFolder = "/sandbox/"
)

// credentials are what the emulators expect. They are made once and kept, so
// that what was sent under them stays valid over a restart.
type credentials struct {
	twilioToken, sendgridKey              string
	stripeKey, stripeWebhook, stripeEvent string
}

func keptCredentials(dir string) (c credentials, err error) {
	for _, word := range []struct {
		into  *string
		name  string
		fresh func() string
	}{
		{&c.twilioToken, "sandbox-twilio-token", func() string {
			b := make([]byte, 16)
			rand.Read(b)
			return hex.EncodeToString(b)
		}},
		{&c.sendgridKey, "sandbox-sendgrid-key", func() string { return "SG." + rand.Text() }},
		{&c.stripeKey, "sandbox-stripe-key", func() string { return "sk_test_" + rand.Text() }},
		{&c.stripeWebhook, "sandbox-stripe-webhook-secret", func() string { return "whsec_" + rand.Text() }},
		{&c.stripeEvent, "sandbox-stripe-events-secret", func() string { return "whsec_" + rand.Text() }},
	} {
		if *word.into, err = keptWord(dir, word.name, word.fresh); err != nil {
			return c, err
		}
	}
	return c, nil
}

// options are what every sandbox of a data directory is made with.
func (c credentials) options(dir, productURL, url string) sandbox.Options {
	return sandbox.Options{
		Dir: dir, ProductURL: productURL, URL: url, AccountSID: sandboxSID, AuthToken: c.twilioToken, SendGridKey: c.sendgridKey,
		StripeKey: c.stripeKey, StripeWebhookSecret: c.stripeWebhook, StripeEventsSecret: c.stripeEvent,
		SharedNumber: sharedNumber, Phone: demoPhone, Now: time.Now,
	}
}

// sandboxed is the sandbox inside the server. A nil one does nothing.
type sandboxed struct {
	*sandbox.Sandbox
	dir      string
	texts    bool // the carrier is emulated
	payments bool // likewise who takes the money
	servers  []*http.Server
	bound    []net.Listener
}

// newSandboxed opens the sandbox and points the configuration's keyless vendors
// at it.
func newSandboxed(p *program, cfg *app.Config, address string) (*sandboxed, error) {
	keys, err := keptCredentials(cfg.DataDir)
	if err != nil {
		return nil, fmt.Errorf("keep the sandbox's keys in XSWARM_DATA_DIR: %w", err)
	}
	b := &sandboxed{dir: cfg.DataDir, texts: cfg.PhoneMode() == app.Sandbox, payments: cfg.PaymentMode() == app.Sandbox}
	o := keys.options(cfg.DataDir, cfg.BaseURL, cfg.BaseURL)
	o.Carriers, o.Log = carriers(*cfg), p.log
	if b.Sandbox, err = sandbox.New(o); err != nil {
		return nil, err
	}
	emulate(cfg, keys, address)
	return b, nil
}

// carriers tells the inspector which vendors the product really has. It is asked
// before the emulators' keys are set.
func carriers(cfg app.Config) []sandbox.Carrier {
	mode := func(m app.Mode, base string) sandbox.Mode {
		switch {
		case m == app.Off:
			return sandbox.Off
		case base != "":
			return sandbox.Elsewhere
		case m == app.Real:
			return sandbox.Real
		}
		return sandbox.Emulated
	}
	return []sandbox.Carrier{
		{Name: "SendGrid", Sends: "mails", Mode: mode(cfg.MailMode(), cfg.SendGridBase), Base: cfg.SendGridBase},
		{Name: "Twilio", Sends: "texts", Mode: mode(cfg.PhoneMode(), cfg.TwilioBase), Base: cfg.TwilioBase},
		{Name: "Stripe", Sends: "payments", Mode: mode(cfg.PaymentMode(), cfg.StripeBase), Base: cfg.StripeBase},
	}
}

// emulate points the keyless vendors at the emulators of the server that answers
// at an address of this machine.
func emulate(cfg *app.Config, keys credentials, address string) {
	base := "http://127.0.0.1" + address[max(strings.LastIndex(address, ":"), 0):] + vendorsPath
	if cfg.MailMode() == app.Sandbox {
		cfg.SendGridKey, cfg.SendGridBase = app.Secret(keys.sendgridKey), or(cfg.SendGridBase, base+"sendgrid")
	}
	if cfg.PhoneMode() == app.Sandbox {
		cfg.TwilioSID, cfg.TwilioTokens = sandboxSID, []app.Secret{app.Secret(keys.twilioToken)}
		cfg.TwilioNumber, cfg.TwilioBase = sharedNumber, or(cfg.TwilioBase, base+"twilio")
	}
	if cfg.PaymentMode() == app.Sandbox {
		cfg.StripeKey, cfg.StripeBase = app.Secret(keys.stripeKey), or(cfg.StripeBase, base+"stripe")
		cfg.StripeWebhooks, cfg.StripeEvents = []app.Secret{app.Secret(keys.stripeWebhook)}, []app.Secret{app.Secret(keys.stripeEvent)}
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// url is where the inspector is.
func (b *sandboxed) url(cfg app.Config) string {
	if b == nil {
		return ""
	}
	return cfg.BaseURL + "/sandbox"
}

// before puts the sandbox's pages and emulators in front of the product.
func (b *sandboxed) before(a *app.App) http.Handler {
	if b == nil {
		return a.Handler
	}
	b.SetProduct(inspected{a})
	b.OnClock(a.Jobs.Wake)
	mux := http.NewServeMux()
	mux.Handle("/", a.Handler)
	mux.Handle(sandboxFolder, b.Handler())
	mux.Handle("/sandbox", b.Handler())
	return mux
}

// listen gives emulators ports of their own.
func (b *sandboxed) listen(vendors map[string]string) error {
	if len(vendors) > 0 && b == nil {
		return errors.New("--sandbox-listen: there is no sandbox, since every vendor has its keys")
	}
	for name, address := range vendors {
		h, ok := b.Vendor(name)
		if !ok {
			return fmt.Errorf("--sandbox-listen: there is no emulator of %q", name)
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("--sandbox-listen: %w", err)
		}
		b.bound = append(b.bound, l)
		b.servers = append(b.servers, &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute})
	}
	return nil
}

// run works until the context ends, or hangUp is called.
func (b *sandboxed) run(ctx context.Context) {
	if b == nil {
		return
	}
	var wg sync.WaitGroup
	for i, s := range b.servers {
		wg.Go(func() { s.Serve(b.bound[i]) })
	}
	b.Run(ctx)
	for _, s := range b.servers {
		s.Close()
	}
	wg.Wait()
}

// hangUp ends the event streams, which would go on for ever.
func (b *sandboxed) hangUp() {
	if b != nil {
		b.Disconnect()
	}
}

func (b *sandboxed) close() {
	if b != nil {
		b.Close()
	}
}

// inspected is what the inspector may ask the product.
type inspected struct{ app *app.App }

// inspectedUsers is how many accounts the inspector shows.
const inspectedUsers = 100

// inspectedJobs is how many jobs it shows.
const inspectedJobs = 100

// Users is described by sandbox.Product.
func (i inspected) Users(ctx context.Context) ([]sandbox.UserRow, error) {
	users, _, err := i.app.Accounts.List(ctx, "", inspectedUsers)
	if err != nil {
		return nil, err
	}
	rows := make([]sandbox.UserRow, len(users))
	for n, u := range users {
		phones, err := i.app.Phones.Phones(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		numbers, err := i.app.Phones.Numbers(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		rows[n] = sandbox.UserRow{
			ID: u.ID, Email: u.Email, Name: u.Name, Verified: u.EmailVerified,
			Tier: string(u.Entitlement(i.app.Now()).Tier),
		}
		for _, phone := range phones {
			if !phone.VerifiedAt.IsZero() {
				rows[n].Phones = append(rows[n].Phones, phone.Number)
			}
		}
		for _, number := range numbers {
			rows[n].Numbers = append(rows[n].Numbers, number.Number)
		}
	}
	return rows, nil
}

// Grant is described by sandbox.Product.
func (i inspected) Grant(ctx context.Context, userID, tier string, days int) error {
	g := plan.Grant{Tier: plan.Tier(tier), Reason: "granted in the sandbox's inspector"}
	if days > 0 {
		g.Until = i.app.Now().AddDate(0, 0, days)
	}
	_, err := i.app.Accounts.Grant(ctx, userID, g, "operator")
	return err
}

// Jobs is described by sandbox.Product.
func (i inspected) Jobs(ctx context.Context, state jobs.State) ([]operator.Job, error) {
	list, _, err := i.app.Operators.Jobs(ctx, operator.Machine, state, "", inspectedJobs)
	return list, err
}

// RetryJob is described by sandbox.Product.
func (i inspected) RetryJob(ctx context.Context, id string) error {
	_, err := i.app.Operators.Retry(ctx, operator.Machine, id)
	return err
}

// RetryJobs is described by sandbox.Product.
func (i inspected) RetryJobs(ctx context.Context) error {
	_, err := i.app.Operators.RetryAll(ctx, operator.Machine, "")
	return err
}

// DiscardJob is described by sandbox.Product.
func (i inspected) DiscardJob(ctx context.Context, id string) error {
	return i.app.Operators.Discard(ctx, operator.Machine, id)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/sandbox"
)

// sandboxCmd runs the emulators in a program of their own: for a server that is
// to be killed, for a Worker, or for other programs' tests.
type sandboxCmd struct {
	Addr          string            `default:"127.0.0.1:8788" help:"Where the inspector, the control plane and the emulators answer."`
	ProductURL    string            `default:"http://localhost:8787" help:"Where the product answers: texts to the shared number are announced there."`
	SandboxListen map[string]string `placeholder:"VENDOR=ADDR" help:"Let an emulator also answer on a port of its own: twilio=127.0.0.1:12112,sendgrid=127.0.0.1:12113,stripe=127.0.0.1:12111."`
}

// Run runs the sandbox until the context ends.
func (c sandboxCmd) Run(p *program) error {
	if p.getenv("XSWARM_ENV") == "production" {
		return errors.New("the sandbox never runs in production (XSWARM_ENV)")
	}
	dir := or(p.getenv("XSWARM_DATA_DIR"), "./xswarm-data")
	keys, err := keptCredentials(dir)
	if err != nil {
		return fmt.Errorf("keep the sandbox's keys in XSWARM_DATA_DIR: %w", err)
	}
	o := keys.options(dir, c.ProductURL, "http://"+c.Addr)
	o.Log = p.log
	s, err := sandbox.New(o)
	if err != nil {
		return err
	}
	b := &sandboxed{Sandbox: s, dir: dir}
	defer b.close()
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	defer listener.Close()
	if err := b.listen(c.SandboxListen); err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(p.stdout, `xSwarm sandbox on %s/sandbox

Start the server with:
  TWILIO_API_BASE=%s%stwilio
  TWILIO_ACCOUNT_SID=%s
  TWILIO_AUTH_TOKEN=%s
  TWILIO_PHONE_NUMBER=%s
  SENDGRID_API_BASE=%s%ssendgrid
  SENDGRID_API_KEY=%s
  STRIPE_API_BASE=%s%sstripe
  STRIPE_SECRET_KEY=%s
  STRIPE_WEBHOOK_SECRET=%s
  STRIPE_EVENTS_SECRET=%s
and let it sell the plans, with the same settings: xswarm setup stripe
`, base, base, vendorsPath, sandboxSID, keys.twilioToken, sharedNumber, base, vendorsPath, keys.sendgridKey,
		base, vendorsPath, keys.stripeKey, keys.stripeWebhook, keys.stripeEvent)
	return b.serveAlone(p.ctx, listener)
}

// serveAlone answers until the context ends.
func (b *sandboxed) serveAlone(ctx context.Context, listener net.Listener) error {
	web := &http.Server{Handler: b.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	working, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { b.run(working); close(done) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	b.hangUp()
	drained, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	web.Shutdown(drained)
	stop()
	<-done
	return err
}

// sandboxClock is the clock of the sandbox in a directory, for commands beside a
// running server.
func sandboxClock(dir string) (func() time.Time, error) {
	offset, err := sandbox.Offset(dir)
	if err != nil {
		return nil, err
	}
	return func() time.Time { return time.Now().Add(offset) }, nil
}

// plainly turns a fault into the sentences that a person at a terminal needs.
func plainly(err error) error {
	f := fault.From(err)
	if f.Kind == fault.Internal {
		return err
	}
	words := []string{f.Message}
	for _, field := range f.Fields {
		words = append(words, strings.TrimPrefix(field.Location, "body.")+" "+field.Message)
	}
	return errors.New(strings.Join(words, " "))
}

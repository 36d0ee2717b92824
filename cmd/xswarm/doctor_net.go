package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sendgrid"
	"xswarm.ai/server/internal/twilio"
)

// What the clock may be off: a little is noticed in logs, and much lets tokens and
// the signatures of webhooks fail.
const (
	clockSlack = 5 * time.Second
	clockLimit = time.Minute
)

// ports looks whether the server can listen, or does.
func (x *examination) ports() {
	x.port("XSWARM_ADDR", x.cfg.Addr, "/healthz")
	if x.cfg.MetricsAddr != "" {
		x.port("XSWARM_METRICS_ADDR", x.cfg.MetricsAddr, "/metrics")
	}
}

func (x *examination) port(name, address, path string) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		l.Close()
		x.good("ports", "%s (%s) is free: the server is not running", address, name)
	case errors.Is(err, syscall.EADDRINUSE) && x.ours("http://"+reachable(address), path) == nil:
		x.good("ports", "%s (%s) is held by a running server", address, name)
	case errors.Is(err, syscall.EADDRINUSE):
		x.bad("ports", fmt.Sprintf("%s (%s) is held by another program", address, name), "End that program, or set "+name+" to another port.")
	default:
		x.bad("ports", fmt.Sprintf("%s (%s): %s", address, name, cause(err)), "Set "+name+" to an address of this machine, like 127.0.0.1:8787.")
	}
}

// reachable is where a server that listens at an address answers this machine.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// cause is an error without the addresses that the network's errors begin with.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// ours asks whether xSwarm answers at an address.
func (x *examination) ours(base, path string) error {
	ctx, cancel := context.WithTimeout(x.ctx, lookTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", base+path, nil)
	if err != nil {
		return err
	}
	res, err := x.clocks.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	var health struct{ Status, Version string }
	switch {
	case res.StatusCode != http.StatusOK:
	case path == "/metrics" && bytes.Contains(raw, []byte("\nxswarm_")):
		return nil
	case json.Unmarshal(raw, &health) == nil && health.Status == "ok" && health.Version != "":
		return nil
	}
	return fmt.Errorf("%w, with status %d", errNotOurs, res.StatusCode)
}

var errNotOurs = errors.New("something else answers")

// publicAddress looks whether people reach the server where the links in mails and
// the vendors' webhooks lead.
func (x *examination) publicAddress() {
	switch err := x.ours(x.cfg.BaseURL, "/healthz"); {
	case err == nil:
		x.good("address", "xSwarm answers at %s", x.cfg.BaseURL)
	case errors.Is(err, errNotOurs):
		x.bad("address", fmt.Sprintf("at %s %v", x.cfg.BaseURL, err),
			"Run xswarm serve and let the proxy there lead to it, or set BASE_URL to where the server is reached.")
	default:
		x.worse("address", fmt.Sprintf("%s does not answer: %s", x.cfg.BaseURL, cause(err)),
			"Run xswarm serve; in production, look at the proxy, its certificate and the name's DNS as well.")
	}
}

// vendors asks each whether the keys are good.
func (x *examination) vendors() {
	x.vendor("mail (SendGrid)", x.cfg.MailMode(), "Set SENDGRID_API_KEY to a key with the scope mail.send.", func() error {
		return sendgrid.New(sendgrid.Options{
			APIKey: string(x.cfg.SendGridKey), BaseURL: x.cfg.SendGridBase, FromEmail: x.cfg.FromEmail, Transport: x.clocks,
		}).Check(x.ctx)
	})
	x.vendor("texts (Twilio)", x.cfg.PhoneMode(), "Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER to what Twilio's console shows.", func() error {
		return twilio.New(twilio.Options{
			AccountSID: x.cfg.TwilioSID, AuthToken: string(x.cfg.TwilioTokens[0]), BaseURL: x.cfg.TwilioBase, Transport: x.clocks,
		}).Check(x.ctx, x.cfg.TwilioNumber)
	})
	x.payments()
}

func (x *examination) vendor(name string, mode app.Mode, fix string, check func() error) {
	switch mode {
	case app.Sandbox:
		x.good(name, "emulated by the sandbox: no keys are set")
	case app.Off:
		x.good(name, "turned off")
	default:
		if err := check(); err != nil {
			x.bad(name, err.Error(), fix)
			return
		}
		x.good(name, "the keys are good")
	}
}

// clock compares this machine's clock with all that were seen on the way.
func (x *examination) clock() {
	if len(x.clocks.seen) == 0 || x.onlyThisMachine() {
		x.good("clock", "there was no other clock to compare it with")
		return
	}
	// Somebody else's clock may be wrong, too: the middle one counts.
	slices.Sort(x.clocks.seen)
	off := x.clocks.seen[len(x.clocks.seen)/2]
	what := "it agrees with those of others"
	if off != 0 {
		what = fmt.Sprintf("it is %s behind those of others", off.Round(time.Second))
		if off < 0 {
			what = fmt.Sprintf("it is %s ahead of those of others", (-off).Round(time.Second))
		}
	}
	const fix = "Set the clock by NTP: timedatectl set-ntp true."
	switch {
	case off.Abs() > clockLimit:
		x.bad("clock", what+": tokens and signatures fail", fix)
	case off.Abs() > clockSlack:
		x.warn("clock", what, fix)
	default:
		x.good("clock", "%s", what)
	}
}

// onlyThisMachine reports whether all who were asked have this machine's clock.
func (x *examination) onlyThisMachine() bool {
	if x.cfg.TursoURL != "" || slices.Contains([]app.Mode{x.cfg.MailMode(), x.cfg.PhoneMode(), x.cfg.PaymentMode()}, app.Real) {
		return false
	}
	u, err := url.Parse(x.cfg.BaseURL)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

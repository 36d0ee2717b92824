package app

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/stripe"
)

// problems says what is wrong, each with what to do about it.
func (c *Config) problems() []string {
	var list []string
	wrong := func(ok bool, format string, args ...any) {
		if !ok {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	base, err := url.Parse(c.BaseURL)
	validBase := err == nil && (base.Scheme == "http" || base.Scheme == "https") && base.Host != "" &&
		base.Path == "" && base.RawQuery == "" && base.User == nil
	wrong(validBase, "BASE_URL must be the public address, like https://xswarm.ai, without a path")
	wrong(c.Env == "development" || c.Env == "production", "XSWARM_ENV must be development or production")
	_, _, err = net.SplitHostPort(c.Addr)
	wrong(err == nil, "XSWARM_ADDR must be host:port, like 127.0.0.1:8787")
	wrong(c.JWTSecret == "" || len(c.JWTSecret) >= 32, "JWT_SECRET must have at least 32 bytes: openssl rand -base64 64")
	wrong(c.JWTSecretPrevious == "" || len(c.JWTSecretPrevious) >= 32, "JWT_SECRET_PREVIOUS must have at least 32 bytes, as JWT_SECRET")
	wrong(c.PasswordIterations >= 100_000 && c.PasswordIterations <= 10_000_000, "PASSWORD_ITERATIONS must be from 100000 to 10000000")
	_, err = proxies(c.TrustedProxies)
	wrong(err == nil, "TRUSTED_PROXIES must be a comma list of networks or addresses, like 10.0.0.0/8,192.0.2.7")
	const keyRule = " must be 32 bytes in hex or base64 (openssl rand -hex 32), @FILE with such a key in it, or off"
	_, err = ReadDatabaseKey(string(c.DBKey))
	wrong(err == nil, "XSWARM_DB_KEY"+keyRule)
	_, err = ReadDatabaseKey(string(c.NewDBKey))
	wrong(err == nil, "XSWARM_DB_KEY_NEW"+keyRule)
	wrong(slices.Contains([]string{"", "json", "text"}, c.Log), "XSWARM_LOG must be json or text")
	_, _, err = net.SplitHostPort(c.MetricsAddr)
	wrong(err == nil || c.MetricsAddr == "", "XSWARM_METRICS_ADDR must be host:port, like 127.0.0.1:9090")
	traces, err := url.Parse(c.TracesURL)
	wrong(c.TracesURL == "" || err == nil && traces.Host != "" && (traces.Scheme == "http" || traces.Scheme == "https"),
		"OTEL_EXPORTER_OTLP_ENDPOINT must be the address of an OTLP receiver, like http://127.0.0.1:4318")
	wrong(strings.Contains(c.FromEmail, "@"), "FROM_EMAIL must be an address, like noreply@xswarm.ai")
	wrong(c.SMSBilling == "message" || c.SMSBilling == "segment", "SMS_BILLING must be message or segment")
	wrong(c.TursoURL != "" || c.TursoToken == "", "TURSO_AUTH_TOKEN is set but TURSO_DATABASE_URL is not: set both, or neither for the embedded database")
	list = append(list, c.vendorProblems()...)
	if c.Production() {
		list = append(list, c.productionProblems()...)
	} else if validBase && c.Sandboxed() && !loopback(base.Hostname()) {
		list = append(list, "BASE_URL is public, but a vendor has no keys and would be emulated: set its keys or turn it off (SENDGRID_API_KEY=off, TWILIO_ACCOUNT_SID=off, STRIPE_SECRET_KEY=off)")
	}
	return list
}

func (c *Config) vendorProblems() []string {
	var list []string
	tokens := len(c.TwilioTokens) > 0
	switch c.PhoneMode() {
	case Real:
		if !strings.HasPrefix(c.TwilioSID, "AC") {
			list = append(list, "TWILIO_ACCOUNT_SID must start with AC, or be off")
		}
		if !tokens {
			list = append(list, "TWILIO_ACCOUNT_SID is set but TWILIO_AUTH_TOKEN is not: set both, or neither for the sandbox")
		}
		if c.TwilioNumber == "" {
			list = append(list, "TWILIO_PHONE_NUMBER must be the service's own number, like +18335550100: it sends codes and notices")
		}
	case Sandbox:
		if tokens {
			list = append(list, "TWILIO_AUTH_TOKEN is set but TWILIO_ACCOUNT_SID is not: set both, or neither for the sandbox")
		}
	}
	list = append(list, c.paymentProblems()...)
	if _, err := phone.ParseE164(c.TwilioNumber); c.TwilioNumber != "" && err != nil {
		list = append(list, "TWILIO_PHONE_NUMBER must be in E.164 form, like +18335550100")
	}
	return list
}

func (c *Config) paymentProblems() []string {
	var list []string
	wrong := func(bad bool, what string) {
		if bad {
			list = append(list, what)
		}
	}
	if c.PaymentMode() == Real {
		wrong(stripe.Mode(string(c.StripeKey)) == "", "STRIPE_SECRET_KEY must be a secret key (sk_test_… or sk_live_…) or a restricted one (rk_test_…, rk_live_…), or off")
		wrong(len(c.StripeWebhooks) == 0, "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not: xswarm setup stripe makes the webhook and prints its secret")
	} else {
		wrong(len(c.StripeWebhooks)+len(c.StripeEvents) > 0 && c.PaymentMode() == Sandbox,
			"STRIPE_WEBHOOK_SECRET is set but STRIPE_SECRET_KEY is not: set both, or neither for the sandbox")
	}
	for _, s := range append(slices.Clone(c.StripeWebhooks), c.StripeEvents...) {
		wrong(!strings.HasPrefix(string(s), "whsec_"), "STRIPE_WEBHOOK_SECRET and STRIPE_EVENTS_SECRET must start with whsec_")
	}
	wrong(c.GraceDays < 0 || c.GraceDays > 60, "PAYMENT_GRACE_DAYS must be from 0 to 60")
	wrong(c.TrialDays < 0 || c.TrialDays > 730, "CHECKOUT_TRIAL_DAYS must be from 0 to 730")
	wrong(c.Coupon != "" && c.PromotionCodes, "CHECKOUT_COUPON and CHECKOUT_PROMOTION_CODES exclude each other: Stripe takes one of them")
	if _, err := plan.ParseCosts(c.UnitCosts); err != nil {
		list = append(list, "UNIT_COSTS "+err.Error())
	}
	return list
}

func (c *Config) productionProblems() []string {
	var list []string
	missing := func(bad bool, what string) {
		if bad {
			list = append(list, what+" (XSWARM_ENV is production)")
		}
	}
	missing(!c.Secure(), "BASE_URL must be the public https:// address")
	missing(c.JWTSecret == "", "JWT_SECRET is missing: openssl rand -base64 64")
	missing(c.TursoURL == "" && c.DBKey == "", "XSWARM_DB_KEY is missing: openssl rand -hex 32, or off to leave the embedded database unencrypted")
	missing(c.MailMode() == Sandbox, "SENDGRID_API_KEY is missing; off turns mail off")
	missing(c.MailMode() == Off, "SENDGRID_API_KEY is off: without mail nobody can verify an address")
	missing(c.PhoneMode() == Sandbox, "TWILIO_ACCOUNT_SID is missing; off turns texts off")
	missing(c.SendGridBase != "", "SENDGRID_API_BASE is for tests and must not be set")
	missing(c.TwilioBase != "", "TWILIO_API_BASE is for tests and must not be set")
	missing(c.PaymentMode() == Sandbox, "STRIPE_SECRET_KEY is missing; off turns payments off")
	missing(c.StripeBase != "", "STRIPE_API_BASE is for tests and must not be set")
	return list
}

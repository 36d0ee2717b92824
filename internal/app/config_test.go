package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func from(env map[string]string) (Config, error) {
	return ConfigFrom(func(name string) string { return env[name] })
}

// design.md section 6, "Environment", and the points beside it.
func TestTheNamesAreThoseOfTheDesign(t *testing.T) {
	want := strings.Fields(`
		ASSISTANT_MODEL BASE_URL CHECKOUT_AUTOMATIC_TAX CHECKOUT_COUPON CHECKOUT_PROMOTION_CODES CHECKOUT_TRIAL_DAYS
		EMBEDDING_MODEL FROM_EMAIL JWT_SECRET JWT_SECRET_PREVIOUS MOSHI_URLS
		OPENAI_API_KEY OPENAI_BASE_URL OPERATOR_EMAIL OTEL_EXPORTER_OTLP_ENDPOINT PASSWORD_ITERATIONS PAYMENT_GRACE_DAYS
		SENDGRID_API_BASE SENDGRID_API_KEY SENDGRID_EVENTS_PUBLIC_KEY SENDGRID_INBOUND_PUBLIC_KEY SENDGRID_INBOUND_SECRET SMS_BILLING
		STRIPE_API_BASE STRIPE_EVENTS_SECRET STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET TRUSTED_PROXIES TURSO_AUTH_TOKEN
		TURSO_DATABASE_URL TWILIO_ACCOUNT_SID TWILIO_API_BASE TWILIO_AUTH_TOKEN TWILIO_PHONE_NUMBER UNIT_COSTS
		XSWARM_ADDR XSWARM_DATA_DIR XSWARM_DB_KEY XSWARM_DB_KEY_NEW XSWARM_ENV XSWARM_LOG XSWARM_METRICS_ADDR`)
	got := Names()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestAnEmptyEnvironmentIsAllThatIsNeeded(t *testing.T) {
	c, err := from(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8787" || c.BaseURL != "http://localhost:8787" || c.DataDir != "./xswarm-data" ||
		c.FromEmail != "noreply@xswarm.ai" || c.PasswordIterations != 100_000 || c.GraceDays != 3 || c.TrialDays != 0 {
		t.Errorf("got %+v", c)
	}
	if c.MailMode() != Sandbox || c.PhoneMode() != Sandbox || c.PaymentMode() != Sandbox || c.Production() {
		t.Errorf("got mail %s, phone %s, payments %s", c.MailMode(), c.PhoneMode(), c.PaymentMode())
	}
}

func TestTheBaseURLFollowsThePort(t *testing.T) {
	if c, err := from(map[string]string{"XSWARM_ADDR": "127.0.0.1:9000"}); err != nil || c.BaseURL != "http://localhost:9000" {
		t.Errorf("got %q, %v", c.BaseURL, err)
	}
}

func TestASecretMayComeInTwoLines(t *testing.T) {
	line := strings.Repeat("a", 64)
	c, err := from(map[string]string{"JWT_SECRET": line + "\n" + line + "\n"})
	if err != nil || string(c.JWTSecret) != line+line {
		t.Errorf("got %d bytes, %v", len(c.JWTSecret), err)
	}
}

func problems(t *testing.T, env map[string]string) string {
	t.Helper()
	_, err := from(env)
	var ce *ConfigError
	if !errors.As(err, &ce) {
		t.Fatalf("got %v, want a *ConfigError", err)
	}
	return err.Error()
}

func TestAllProblemsAreReportedAtOnceAndWithoutSecrets(t *testing.T) {
	got := problems(t, map[string]string{
		"XSWARM_ENV": "staging", "BASE_URL": "xswarm.ai", "XSWARM_ADDR": "8787", "JWT_SECRET": "hunter2",
		"PASSWORD_ITERATIONS": "many", "TRUSTED_PROXIES": "10.0.0.0/8,nonsense", "XSWARM_DB_KEY": "hunter3",
		"XSWARM_DB_KEY_NEW": "hunter6", "XSWARM_LOG": "xml", "XSWARM_METRICS_ADDR": "9090", "OTEL_EXPORTER_OTLP_ENDPOINT": "nonsense:4318",
		"TWILIO_AUTH_TOKEN": "hunter4", "TURSO_AUTH_TOKEN": "hunter5", "SMS_BILLING": "word", "TWILIO_PHONE_NUMBER": "12",
		"STRIPE_SECRET_KEY": "pk_test_hunter7", "STRIPE_WEBHOOK_SECRET": "hunter8", "PAYMENT_GRACE_DAYS": "-1", "CHECKOUT_TRIAL_DAYS": "731",
		"CHECKOUT_COUPON": "welcome", "CHECKOUT_PROMOTION_CODES": "true", "CHECKOUT_AUTOMATIC_TAX": "perhaps", "UNIT_COSTS": "voice_minutes=much",
	})
	for _, name := range []string{
		"XSWARM_ENV", "BASE_URL", "XSWARM_ADDR", "JWT_SECRET", "PASSWORD_ITERATIONS", "TRUSTED_PROXIES",
		"XSWARM_DB_KEY", "XSWARM_DB_KEY_NEW", "XSWARM_LOG", "XSWARM_METRICS_ADDR", "OTEL_EXPORTER_OTLP_ENDPOINT", "TWILIO_AUTH_TOKEN", "TURSO_AUTH_TOKEN", "SMS_BILLING", "TWILIO_PHONE_NUMBER",
		"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "PAYMENT_GRACE_DAYS", "CHECKOUT_TRIAL_DAYS", "CHECKOUT_COUPON", "CHECKOUT_AUTOMATIC_TAX", "UNIT_COSTS",
	} {
		if !strings.Contains(got, name+" ") {
			t.Errorf("%s is not named in:\n%s", name, got)
		}
	}
	if strings.Contains(got, "hunter") || strings.Contains(got, "nonsense") {
		t.Errorf("a value is repeated in:\n%s", got)
	}
}

func TestProductionSaysWhatToSet(t *testing.T) {
	got := problems(t, map[string]string{"XSWARM_ENV": "production"})
	for _, name := range []string{"BASE_URL", "JWT_SECRET", "XSWARM_DB_KEY", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"} {
		if !strings.Contains(got, name) {
			t.Errorf("%s is not named in:\n%s", name, got)
		}
	}
}

func production() map[string]string {
	return map[string]string{
		"XSWARM_ENV": "production", "BASE_URL": "https://xswarm.ai", "JWT_SECRET": strings.Repeat("s", 64),
		"XSWARM_DB_KEY": strings.Repeat("ab", 32), "SENDGRID_API_KEY": "SG.key",
		"TWILIO_ACCOUNT_SID": "AC0123", "TWILIO_AUTH_TOKEN": "new,old", "TWILIO_PHONE_NUMBER": "+18335550100",
		"STRIPE_SECRET_KEY": "rk_live_key", "STRIPE_WEBHOOK_SECRET": "whsec_new,whsec_former", "STRIPE_EVENTS_SECRET": "whsec_thin",
	}
}

func TestProductionStartsWithWhatItNeeds(t *testing.T) {
	c, err := from(production())
	if err != nil {
		t.Fatal(err)
	}
	if c.MailMode() != Real || c.PhoneMode() != Real || c.PaymentMode() != Real || !c.Secure() || len(c.TwilioTokens) != 2 ||
		len(c.StripeWebhooks) != 2 || len(c.DatabaseKey()) != 32 {
		t.Errorf("got %+v", c)
	}
}

func TestATestsAddressIsRefusedInProduction(t *testing.T) {
	for _, name := range []string{"SENDGRID_API_BASE", "TWILIO_API_BASE", "STRIPE_API_BASE"} {
		env := production()
		env[name] = "http://127.0.0.1:1"
		if got := problems(t, env); !strings.Contains(got, name) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestTheSandboxIsRefusedBehindAPublicAddress(t *testing.T) {
	if got := problems(t, map[string]string{"BASE_URL": "https://xswarm.ai"}); !strings.Contains(got, "emulated") {
		t.Errorf("got %s", got)
	}
	for _, base := range []string{"http://localhost:1", "http://127.0.0.1:8787", "http://[::1]:8787"} {
		if _, err := from(map[string]string{"BASE_URL": base}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestHalfAVendorIsAnError(t *testing.T) {
	got := problems(t, map[string]string{"TWILIO_ACCOUNT_SID": "AC1"})
	if !strings.Contains(got, "TWILIO_AUTH_TOKEN") || !strings.Contains(got, "TWILIO_PHONE_NUMBER") {
		t.Errorf("got %s", got)
	}
	if got := problems(t, map[string]string{"STRIPE_SECRET_KEY": "sk_test_x"}); !strings.Contains(got, "STRIPE_WEBHOOK_SECRET is not") {
		t.Errorf("got %s", got)
	}
	for _, name := range []string{"STRIPE_WEBHOOK_SECRET", "STRIPE_EVENTS_SECRET"} {
		if got := problems(t, map[string]string{name: "whsec_x"}); !strings.Contains(got, "STRIPE_SECRET_KEY is not") {
			t.Errorf("%s alone: got %s", name, got)
		}
	}
}

func TestAVendorCanBeTurnedOff(t *testing.T) {
	c, err := from(map[string]string{"TWILIO_ACCOUNT_SID": "off"})
	if err != nil || c.PhoneMode() != Off || c.MailMode() != Sandbox || c.PaymentMode() != Sandbox {
		t.Errorf("got %s, %v", c.PhoneMode(), err)
	}
	// Its webhooks' secrets may stay where they are.
	c, err = from(map[string]string{"STRIPE_SECRET_KEY": "off", "STRIPE_WEBHOOK_SECRET": "whsec_x", "STRIPE_EVENTS_SECRET": "whsec_y"})
	if err != nil || c.PaymentMode() != Off || c.PhoneMode() != Sandbox {
		t.Errorf("got %s, %v", c.PaymentMode(), err)
	}
	env := production()
	env["STRIPE_SECRET_KEY"] = "off"
	if c, err := from(env); err != nil || c.PaymentMode() != Off || c.Sandboxed() {
		t.Errorf("in production: got %s, %v", c.PaymentMode(), err)
	}
}

func TestTheDatabaseKeyMayLieInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := from(map[string]string{"XSWARM_DB_KEY": "@" + path})
	if err != nil || len(c.DatabaseKey()) != 32 {
		t.Errorf("got %d bytes, %v", len(c.DatabaseKey()), err)
	}
}

func TestSecretsPrintAsRedacted(t *testing.T) {
	c, err := from(production())
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("config", "config", c, "key", c.SendGridKey)
	asJSON, _ := json.Marshal(c)
	all := fmt.Sprintf("%v %+v %#v %s %q %v", c, c, c, c.JWTSecret, c.TwilioTokens, c.StripeWebhooks) + log.String() + string(asJSON)
	for _, secret := range []string{strings.Repeat("s", 64), "SG.key", strings.Repeat("ab", 32), "old", "rk_live_key", "former", "thin"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	if !strings.Contains(all, "redacted") {
		t.Error("nothing says redacted")
	}
	if got := fmt.Sprint(Secret("")); got != "" {
		t.Errorf("an empty secret prints as %q", got)
	}
}

func TestSettingsWithoutAUseAreNamed(t *testing.T) {
	c, err := from(map[string]string{"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x", "OPENAI_API_KEY": "sk-x", "MOSHI_URLS": "ws://x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Unused(); !slices.Equal(got, []string{"OPENAI_API_KEY", "MOSHI_URLS"}) {
		t.Errorf("got %v", got)
	}
}

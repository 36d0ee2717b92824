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
		ASSISTANT_MODEL BASE_URL EMBEDDING_MODEL FROM_EMAIL JWT_SECRET JWT_SECRET_PREVIOUS MOSHI_URLS
		OPENAI_API_KEY OPENAI_BASE_URL OPERATOR_EMAIL OTEL_EXPORTER_OTLP_ENDPOINT PASSWORD_ITERATIONS SENDGRID_API_BASE SENDGRID_API_KEY
		SENDGRID_EVENTS_PUBLIC_KEY SENDGRID_INBOUND_PUBLIC_KEY SENDGRID_INBOUND_SECRET SMS_BILLING
		STRIPE_API_BASE STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET TRUSTED_PROXIES TURSO_AUTH_TOKEN
		TURSO_DATABASE_URL TWILIO_ACCOUNT_SID TWILIO_API_BASE TWILIO_AUTH_TOKEN TWILIO_PHONE_NUMBER
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
		c.FromEmail != "noreply@xswarm.ai" || c.PasswordIterations != 100_000 {
		t.Errorf("got %+v", c)
	}
	if c.MailMode() != Sandbox || c.PhoneMode() != Sandbox || c.Production() {
		t.Errorf("got mail %s, phone %s", c.MailMode(), c.PhoneMode())
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
	})
	for _, name := range []string{
		"XSWARM_ENV", "BASE_URL", "XSWARM_ADDR", "JWT_SECRET", "PASSWORD_ITERATIONS", "TRUSTED_PROXIES",
		"XSWARM_DB_KEY", "XSWARM_DB_KEY_NEW", "XSWARM_LOG", "XSWARM_METRICS_ADDR", "OTEL_EXPORTER_OTLP_ENDPOINT", "TWILIO_AUTH_TOKEN", "TURSO_AUTH_TOKEN", "SMS_BILLING", "TWILIO_PHONE_NUMBER",
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
	for _, name := range []string{"BASE_URL", "JWT_SECRET", "XSWARM_DB_KEY", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID"} {
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
	}
}

func TestProductionStartsWithWhatItNeeds(t *testing.T) {
	c, err := from(production())
	if err != nil {
		t.Fatal(err)
	}
	if c.MailMode() != Real || c.PhoneMode() != Real || !c.Secure() || len(c.TwilioTokens) != 2 || len(c.DatabaseKey()) != 32 {
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
}

func TestAVendorCanBeTurnedOff(t *testing.T) {
	c, err := from(map[string]string{"TWILIO_ACCOUNT_SID": "off"})
	if err != nil || c.PhoneMode() != Off || c.MailMode() != Sandbox {
		t.Errorf("got %s, %v", c.PhoneMode(), err)
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
	all := fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.JWTSecret, c.TwilioTokens) + log.String() + string(asJSON)
	for _, secret := range []string{strings.Repeat("s", 64), "SG.key", strings.Repeat("ab", 32), "old"} {
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
	c, err := from(map[string]string{"STRIPE_SECRET_KEY": "sk_test_x", "MOSHI_URLS": "ws://x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Unused(); !slices.Equal(got, []string{"STRIPE_SECRET_KEY", "MOSHI_URLS"}) {
		t.Errorf("got %v", got)
	}
}

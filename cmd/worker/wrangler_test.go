//go:build linux

package worker_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/app"
)

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestWhatIsDeployedIsWhatIsTested(t *testing.T) {
	deployed := read(t, "wrangler.toml")
	for _, line := range []string{
		`main = "dist/worker.js"`, `compatibility_date = "` + compatibilityDate + `"`, `compatibility_flags = ["enable_request_signal"]`,
		`command = "../../scripts/worker"`, `crons = ["* * * * *"]`,
	} {
		if !strings.Contains(deployed, "\n"+line) {
			t.Errorf("wrangler.toml does not say %s", line)
		}
	}
	if dev := read(t, "dev.capnp"); strings.Count(dev, `compatibilityDate = "`+compatibilityDate+`"`) != 2 || !strings.Contains(dev, `["enable_request_signal"]`) {
		t.Error("dev.capnp runs with something else")
	}
}

func TestSecretsAreNeverVariables(t *testing.T) {
	secrets := []string{
		"TURSO_AUTH_TOKEN", "JWT_SECRET", "JWT_SECRET_PREVIOUS", "SENDGRID_API_KEY", "TWILIO_AUTH_TOKEN", "STRIPE_SECRET_KEY",
		"STRIPE_WEBHOOK_SECRET", "STRIPE_EVENTS_SECRET", "OPENAI_API_KEY", "SENDGRID_INBOUND_SECRET", "XSWARM_DB_KEY",
	}
	for _, name := range regexp.MustCompile(`fromEnvironment = "([A-Z_]+)"`).FindAllStringSubmatch(read(t, "dev.capnp"), -1) {
		if name[1] != "MAX_INSTANCES" && !slices.Contains(app.Names(), name[1]) {
			t.Errorf("dev.capnp binds %s, which is not a setting", name[1])
		}
	}
	variables := 0
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+) = `).FindAllStringSubmatch(read(t, "wrangler.toml"), -1) {
		variables++
		if slices.Contains(secrets, m[1]) {
			t.Errorf("%s is a variable, which anybody who sees the project can read", m[1])
		}
		if !slices.Contains(app.Names(), m[1]) {
			t.Errorf("%s is not a setting", m[1])
		}
	}
	if variables < 3 {
		t.Errorf("wrangler.toml has only %d variables", variables)
	}
}

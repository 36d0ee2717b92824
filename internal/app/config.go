package app

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is what the environment says. The names are the specification's, and
// ours for what it has none for; README.md explains each.
type Config struct {
	Env     string `env:"XSWARM_ENV" envDefault:"development"`
	Addr    string `env:"XSWARM_ADDR" envDefault:"127.0.0.1:8787"`
	BaseURL string `env:"BASE_URL"`
	DataDir string `env:"XSWARM_DATA_DIR" envDefault:"./xswarm-data"`
	DBKey   Secret `env:"XSWARM_DB_KEY"`
	// NewDBKey is for `xswarm rekey` alone.
	NewDBKey Secret `env:"XSWARM_DB_KEY_NEW"`

	// Log is how the log is written: json or text; "" follows from Env.
	Log string `env:"XSWARM_LOG"`
	// MetricsAddr is where /metrics answers, apart from everything else.
	MetricsAddr string `env:"XSWARM_METRICS_ADDR"`
	// TracesURL is the OTLP receiver that traces are sent to.
	TracesURL string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`

	TursoURL   string `env:"TURSO_DATABASE_URL"`
	TursoToken Secret `env:"TURSO_AUTH_TOKEN"`

	JWTSecret          Secret   `env:"JWT_SECRET"`
	JWTSecretPrevious  Secret   `env:"JWT_SECRET_PREVIOUS"`
	PasswordIterations int      `env:"PASSWORD_ITERATIONS" envDefault:"100000"`
	TrustedProxies     []string `env:"TRUSTED_PROXIES"`

	SendGridKey  Secret `env:"SENDGRID_API_KEY"`
	SendGridBase string `env:"SENDGRID_API_BASE"`
	FromEmail    string `env:"FROM_EMAIL" envDefault:"noreply@xswarm.ai"`

	TwilioSID    string   `env:"TWILIO_ACCOUNT_SID"`
	TwilioTokens []Secret `env:"TWILIO_AUTH_TOKEN"`
	TwilioNumber string   `env:"TWILIO_PHONE_NUMBER"`
	TwilioBase   string   `env:"TWILIO_API_BASE"`
	SMSBilling   string   `env:"SMS_BILLING" envDefault:"message"`

	StripeKey      Secret   `env:"STRIPE_SECRET_KEY"`
	StripeWebhooks []Secret `env:"STRIPE_WEBHOOK_SECRET"`
	StripeEvents   []Secret `env:"STRIPE_EVENTS_SECRET"`
	StripeBase     string   `env:"STRIPE_API_BASE"`
	// GraceDays is how long a plan holds when a payment failed.
	GraceDays int `env:"PAYMENT_GRACE_DAYS" envDefault:"3"`
	// What is passed on when somebody buys a plan: days of trial, a coupon for
	// everybody, whether promotion codes can be entered, whether the tax is reckoned.
	TrialDays      int    `env:"CHECKOUT_TRIAL_DAYS"`
	Coupon         string `env:"CHECKOUT_COUPON"`
	PromotionCodes bool   `env:"CHECKOUT_PROMOTION_CODES"`
	AutomaticTax   bool   `env:"CHECKOUT_AUTOMATIC_TAX"`
	// UnitCosts is what a unit of each feature costs the operator, where it is not what
	// plan.DefaultCosts says.
	UnitCosts string `env:"UNIT_COSTS"`

	// OperatorEmail is where people ask for a plan, and alerts go.
	OperatorEmail string `env:"OPERATOR_EMAIL"`

	// Later is what the specification names and this version has no use for yet.
	// It is read, so that one .env file fits every version.
	Later Later

	follows bool // BaseURL follows from where the server answers
}

// Later holds the settings of parts that are still to come.
type Later struct {
	OpenAIKey         Secret `env:"OPENAI_API_KEY"`
	OpenAIBase        string `env:"OPENAI_BASE_URL"`
	AssistantModel    string `env:"ASSISTANT_MODEL"`
	EmbeddingModel    string `env:"EMBEDDING_MODEL"`
	SendGridInbound   string `env:"SENDGRID_INBOUND_PUBLIC_KEY"`
	SendGridEvents    string `env:"SENDGRID_EVENTS_PUBLIC_KEY"`
	SendGridInboundPW Secret `env:"SENDGRID_INBOUND_SECRET"`
	MoshiURLs         string `env:"MOSHI_URLS"`
}

// Mode is how a vendor is reached.
type Mode string

const (
	Real    Mode = "real"    // its keys are set
	Sandbox Mode = "sandbox" // no keys: the built-in emulator answers
	Off     Mode = "off"     // explicitly not at all; its features are hidden
)

// off is the value of a vendor's key that turns the vendor off.
const off = "off"

// MailMode is how mail goes out.
func (c Config) MailMode() Mode { return mode(string(c.SendGridKey)) }

// PhoneMode is how texts go in and out.
func (c Config) PhoneMode() Mode { return mode(c.TwilioSID) }

// PaymentMode is how plans are paid for.
func (c Config) PaymentMode() Mode { return mode(string(c.StripeKey)) }

func mode(key string) Mode {
	switch key {
	case "":
		return Sandbox
	case off:
		return Off
	}
	return Real
}

// Production reports whether real people depend on it.
func (c Config) Production() bool { return c.Env == "production" }

// Secure reports whether people reach it by HTTPS.
func (c Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Secrets are the keys for tokens, the current one first.
func (c Config) Secrets() [][]byte {
	list := [][]byte{[]byte(c.JWTSecret)}
	if c.JWTSecretPrevious != "" {
		list = append(list, []byte(c.JWTSecretPrevious))
	}
	return list
}

// DatabaseKey is the 32 bytes that the embedded database is encrypted with; nil
// when it is not.
func (c Config) DatabaseKey() []byte {
	key, _ := ReadDatabaseKey(string(c.DBKey))
	return key
}

// Proxies are the networks whose X-Forwarded-For counts.
func (c Config) Proxies() []netip.Prefix {
	list, _ := proxies(c.TrustedProxies)
	return list
}

// ConfigError is everything that is wrong with the environment, at once.
type ConfigError struct{ Problems []string }

func (e *ConfigError) Error() string {
	return "the configuration cannot be used:\n  - " + strings.Join(e.Problems, "\n  - ")
}

// ConfigFrom reads the environment through getenv. The error is a *ConfigError
// that names every problem and what to set; it holds no secrets.
func ConfigFrom(getenv func(string) string) (Config, error) {
	var c Config
	environment := map[string]string{}
	for _, name := range Names() {
		if v := strings.TrimSpace(getenv(name)); v != "" {
			environment[name] = v
		}
	}
	var bad ConfigError
	if err := env.ParseWithOptions(&c, env.Options{Environment: environment}); err != nil {
		bad.Problems = append(bad.Problems, unparsable(environment)...)
	}
	c.tidy()
	bad.Problems = append(bad.Problems, c.problems()...)
	if len(bad.Problems) > 0 {
		return c, &bad
	}
	return c, nil
}

// Names lists every variable that is read.
func Names() []string { return names(reflect.TypeFor[Config]()) }

func names(t reflect.Type) []string {
	var list []string
	for f := range t.Fields() {
		if name := f.Tag.Get("env"); name != "" {
			list = append(list, name)
		} else if f.Type.Kind() == reflect.Struct {
			list = append(list, names(f.Type)...)
		}
	}
	return list
}

// unparsable says which variables are not of their kind. The library's errors quote
// the value: only names are passed on.
func unparsable(environment map[string]string) []string {
	var list []string
	for f := range reflect.TypeFor[Config]().Fields() {
		name := f.Tag.Get("env")
		v, set := environment[name]
		if !set {
			continue
		}
		switch f.Type.Kind() {
		case reflect.Int:
			if _, err := strconv.Atoi(v); err != nil {
				list = append(list, name+" cannot be read: it must be a whole number")
			}
		case reflect.Bool:
			if _, err := strconv.ParseBool(v); err != nil {
				list = append(list, name+" cannot be read: it must be true or false")
			}
		}
	}
	return list
}

// tidy fills in what follows from something else.
func (c *Config) tidy() {
	// `openssl rand -base64 64` prints two lines.
	c.JWTSecret = Secret(strings.Join(strings.Fields(string(c.JWTSecret)), ""))
	c.JWTSecretPrevious = Secret(strings.Join(strings.Fields(string(c.JWTSecretPrevious)), ""))
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.BaseURL == "" {
		c.follows = true
		c.ListenAt(c.Addr)
	}
}

// ListenAt says where the server really answers, for a port chosen by the
// system: without BASE_URL, people reach it there.
func (c *Config) ListenAt(address string) {
	if _, port, err := net.SplitHostPort(address); err == nil && c.follows {
		c.BaseURL = "http://localhost:" + port
	}
}

// Sandboxed reports whether any vendor is emulated.
func (c Config) Sandboxed() bool {
	return c.MailMode() == Sandbox || c.PhoneMode() == Sandbox || c.PaymentMode() == Sandbox
}

// Unused names the settings that are set and that this version has no use for.
func (c Config) Unused() []string {
	var list []string
	v := reflect.ValueOf(c.Later)
	for f, value := range v.Fields() {
		if value.String() != "" {
			list = append(list, f.Tag.Get("env"))
		}
	}
	return list
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func proxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		s = strings.TrimSpace(s)
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither a network nor an address", s)
		}
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out, nil
}

// ReadDatabaseKey reads 32 bytes in hex or base64, given as they are or as @FILE;
// nil when there are to be none.
func ReadDatabaseKey(s string) ([]byte, error) {
	if s == "" || s == off {
		return nil, nil
	}
	if file, ok := strings.CutPrefix(s, "@"); ok {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s = strings.TrimSpace(string(b))
	}
	if key, err := hex.DecodeString(s); err == nil && len(key) == 32 {
		return key, nil
	}
	if key, err := base64.StdEncoding.DecodeString(s); err == nil && len(key) == 32 {
		return key, nil
	}
	return nil, fmt.Errorf("not 32 bytes in hex or base64")
}

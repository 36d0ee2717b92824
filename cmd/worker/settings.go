//go:build js && wasm

package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// configFrom reads the bindings and insists on what only a Worker needs.
func configFrom(getenv func(string) string) (app.Config, error) {
	cfg, err := app.ConfigFrom(getenv)
	problems := &app.ConfigError{}
	errors.As(err, &problems)
	need := func(ok bool, what string) {
		if !ok {
			problems.Problems = append(problems.Problems, what)
		}
	}
	need(cfg.TursoURL != "", "TURSO_DATABASE_URL is missing: a Worker has no embedded database")
	need(cfg.JWTSecret != "" || cfg.Production(), "JWT_SECRET is missing: a Worker cannot keep one of its own (openssl rand -base64 64)")
	need(cfg.PasswordIterations <= account.DefaultRounds, "PASSWORD_ITERATIONS must be at most 100000: the platform computes no more")
	if !cfg.Production() { // which says it in its own words
		need(cfg.MailMode() != app.Sandbox, "SENDGRID_API_KEY is missing: a Worker has no sandbox; off turns mail off")
		need(cfg.PhoneMode() != app.Sandbox, "TWILIO_ACCOUNT_SID is missing: a Worker has no sandbox; off turns texts off")
		need(cfg.PaymentMode() != app.Sandbox, "STRIPE_SECRET_KEY is missing: a Worker has no sandbox; off turns payments off")
	}
	if len(problems.Problems) > 0 {
		return cfg, problems
	}
	return cfg, err
}

// unconfigured answers every request when the settings cannot be used. What is
// wrong is in the log, once an instance, and nobody else's business.
func unconfigured(log *slog.Logger) http.Handler {
	err := fault.New(fault.Internal, "not_configured", "This service is not set up yet. Please come back later.")
	return httpkit.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpkit.WriteProblem(w, r, slog.New(slog.DiscardHandler), err)
	}), httpkit.Identify, httpkit.Log(log), httpkit.Harden(false))
}

// elsewhere says of what only a server has that this is none.
func elsewhere(next http.Handler, log *slog.Logger) http.Handler {
	absent := func(sentence string) http.Handler {
		return httpkit.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpkit.WriteProblem(w, r, log, fault.New(fault.NotFound, "not_on_worker", sentence))
		}), httpkit.Identify, httpkit.Harden(true))
	}
	sandbox := absent("This installation is a Cloudflare Worker, which has no sandbox: run xswarm serve or xswarm sandbox for one.")
	metrics := absent("This installation is a Cloudflare Worker, which has no metrics of its own: the platform's dashboard shows them.")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/sandbox", strings.HasPrefix(path, "/sandbox/"):
			sandbox.ServeHTTP(w, r)
		case path == "/metrics":
			metrics.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

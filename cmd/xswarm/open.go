package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/nyaruka/phonenumbers"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/hrana"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
)

// openDatabase opens the database that the configuration names. The embedded one
// is made and brought up to date; Turso is shared, so its schema changes only
// when `xswarm migrate` is run.
func openDatabase(p *program, cfg app.Config, now func() time.Time) (store.Engine, error) {
	if cfg.TursoURL != "" {
		db, err := hrana.Open(hrana.Options{URL: cfg.TursoURL, Token: string(cfg.TursoToken), Transport: transport()})
		if err != nil {
			return nil, fmt.Errorf("TURSO_DATABASE_URL: %w", err)
		}
		return store.Remote(db, host(cfg.TursoURL)), nil
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("XSWARM_DATA_DIR: %w", err)
	}
	engine, err := sqlite.Open(p.ctx, databaseFile(cfg))
	if err != nil {
		return nil, fmt.Errorf("open the database in %s: %w", cfg.DataDir, err)
	}
	if err := store.New(engine, now).Migrate(p.ctx); err != nil {
		engine.Close()
		return nil, err
	}
	return engine, nil
}

// databaseFile is the embedded database, and the key that it is read with.
func databaseFile(cfg app.Config) sqlite.Options {
	return sqlite.Options{Path: filepath.Join(cfg.DataDir, databaseName), Key: cfg.DatabaseKey()}
}

// host is the part of an address that may be shown.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "its address"
	}
	return u.Host
}

// lockDataDir makes the data directory this server's alone until unlock is
// called, or the program has gone in whatever way. Commands beside it need no lock:
// they run no jobs.
func lockDataDir(cfg app.Config) (unlock func(), err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("XSWARM_DATA_DIR: %w", err)
	}
	lock := flock.New(filepath.Join(cfg.DataDir, "lock"), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("XSWARM_DATA_DIR: %w", err)
	case !ok:
		return nil, fmt.Errorf("XSWARM_DATA_DIR: another server is running in %s; stop it, or give this one a directory of its own", cfg.DataDir)
	}
	return func() { lock.Close() }, nil
}

// transport is how the server reaches the outside.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
	}
}

// keepSecret gives an installation without JWT_SECRET one of its own, kept in the
// data directory. In production the configuration insists on JWT_SECRET.
func keepSecret(cfg *app.Config) error {
	if cfg.JWTSecret != "" {
		return nil
	}
	secret, err := keptWord(cfg.DataDir, "jwt-secret", func() string { return rand.Text() + rand.Text() })
	cfg.JWTSecret = app.Secret(secret)
	return err
}

// keptWord returns what a small file in the data directory says, which only its
// owner may read; the first time, it is made.
func keptWord(dir, name string, fresh func() string) (string, error) {
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		return string(b), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	word := fresh()
	return word, os.WriteFile(path, []byte(word), 0o600)
}

// parsePhone reads a telephone number as people write it. One without a country
// code is taken as a US one.
func parsePhone(s string) (string, error) {
	wrong := fault.Body("number", "must be a telephone number that exists, with its country code, like +1 202 555 0123")
	n, err := phonenumbers.Parse(s, "US")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", wrong
	}
	// Some countries have numbers that are longer than E.164 allows.
	e164, err := phone.ParseE164(phonenumbers.Format(n, phonenumbers.E164))
	if err != nil {
		return "", wrong
	}
	return e164, nil
}

// Package hrana is a database/sql driver for Turso and libSQL servers, over
// HTTP (the Hrana protocol's JSON pipeline).
//
// It is made for the store's write model and does no more:
//
//   - A statement outside a transaction is one request and is committed when it
//     is answered. Foreign keys are on for it.
//   - A transaction collects its writes and sends them at Commit as one batch
//     with conditions: all of them, or none. Reading inside is ErrRead.
//   - What was sent and not answered is never sent again: ErrUnknown.
//   - How many rows a statement changed is not known: ask with RETURNING.
//
// There is no state on the server between requests, so any number of programs,
// and a Worker that lives for one request, can use it. The transport is the
// caller's; nothing is read from the environment.
package hrana

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Options says where the database is.
type Options struct {
	// URL is the server's: libsql://name.turso.io, which means https, or with
	// https or http.
	URL string
	// Token is sent with every request; "" sends none.
	Token string
	// Transport carries the requests. It is called directly, so that redirects
	// are not followed.
	Transport http.RoundTripper
	// Timeout bounds one request; 0 means 30 seconds.
	Timeout time.Duration
	// MaxAnswer bounds an answer in bytes; 0 means 32 MiB.
	MaxAnswer int64
}

// Open returns the database. It does not connect; Ping does.
func Open(o Options) (*sql.DB, error) {
	if o.Transport == nil {
		return nil, errors.New("hrana: no transport was given")
	}
	endpoint, err := endpointOf(o.URL)
	if err != nil {
		return nil, fmt.Errorf("hrana: the database's URL: %w", err)
	}
	return sql.OpenDB(&server{
		endpoint:  endpoint,
		token:     strings.TrimSpace(o.Token),
		transport: o.Transport,
		timeout:   cmp.Or(o.Timeout, 30*time.Second),
		maxAnswer: cmp.Or(o.MaxAnswer, 32<<20),
	}), nil
}

// endpointOf returns where batches are posted. Errors do not repeat the URL: a
// token may have been pasted into it.
func endpointOf(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", errors.New("it cannot be read as a URL")
	}
	switch u.Scheme {
	case "libsql":
		u.Scheme = "https"
		if u.Query().Get("tls") == "0" {
			u.Scheme = "http"
		}
	case "https", "http":
	default:
		return "", errors.New("it must begin with libsql://, https:// or http://")
	}
	if u.Host == "" {
		return "", errors.New("it names no host")
	}
	if u.User != nil || u.Query().Has("authToken") {
		return "", errors.New("the token belongs in the token's own setting")
	}
	u.RawQuery, u.Fragment = "", ""
	return u.JoinPath("v2", "pipeline").String(), nil
}

// server is one database; its connections hold nothing but a transaction that
// is being made.
type server struct {
	endpoint  string
	token     string
	transport http.RoundTripper
	timeout   time.Duration
	maxAnswer int64

	// streamless: the server refused to close a stream, as it has none.
	streamless atomic.Bool
}

// Connect implements driver.Connector.
func (s *server) Connect(context.Context) (driver.Conn, error) { return &conn{server: s}, nil }

// Driver implements driver.Connector.
func (s *server) Driver() driver.Driver { return onlyOpen{} }

// onlyOpen is the driver that database/sql wants to see. A data source name
// cannot carry a transport.
type onlyOpen struct{}

func (onlyOpen) Open(string) (driver.Conn, error) {
	return nil, errors.New("hrana: use hrana.Open")
}

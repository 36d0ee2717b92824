package hrana

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
)

// soon is when to come back to a database that does not say when.
const soon = 5 * time.Second

var (
	// ErrUnavailable says that the database did not take the request: nothing was
	// done, and trying again is safe.
	ErrUnavailable = fault.New(fault.Unavailable, "database_unavailable",
		"The service cannot reach its data right now. Nothing was changed; please try again in a moment.").After(soon)
	// ErrUnknown says that the request was sent and its answer did not come, or
	// cannot be read: what it says may have been done. Read a unique key again
	// before repeating it.
	ErrUnknown = fault.New(fault.Unavailable, "outcome_unknown",
		"We could not see whether this was done. Please look before you try it again.")

	// ErrToken says that the server does not accept the token: nothing was done, and
	// only the operator can help.
	ErrToken = fault.New(fault.Unavailable, "database_refused",
		"The service cannot reach its data right now. Nothing was changed; please try again later.").
		With(errors.New("hrana: the database does not accept the token: make a new one (turso db tokens create) and set it"))
	// ErrRead says that something was read inside a transaction.
	ErrRead = errors.New("hrana: nothing can be read inside a transaction, RETURNING included: its statements are sent when it is committed")
	// ErrTooLarge says that the answer was over the limit. The statement was run.
	ErrTooLarge = errors.New("hrana: the answer is too large")

	errNoCount = errors.New("hrana: the server does not say how many rows were changed, or which id was given: use RETURNING")
)

// Error is what the database itself said about a statement.
type Error struct {
	Message string `json:"message"` // in SQLite's words: "UNIQUE constraint failed: users.email"
	Code    string `json:"code"`    // "SQLITE_CONSTRAINT"; not the same on every server
}

func (e *Error) Error() string { return "hrana: " + e.Message }

// sorted tells a database that is busy with another writer from a statement that
// is wrong. Either way the batch has done nothing.
func (e *Error) sorted() error {
	if e.Code == "SQLITE_BUSY" || strings.Contains(e.Message, "database is locked") {
		return ErrUnavailable.With(e)
	}
	return e
}

// unsent sorts an error of the transport: what failed before a connection stood
// cannot have been done.
func unsent(err error) error {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	if errors.As(err, &op) && op.Op == "dial" || errors.As(err, &cert) {
		return ErrUnavailable.With(err)
	}
	return ErrUnknown.With(err)
}

// refused sorts an answer that is not 200.
func refused(resp *http.Response, said string) error {
	err := errors.New("hrana: the server answered " + strconv.Itoa(resp.StatusCode) + said)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return ErrToken
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return ErrUnavailable.With(err).After(cmp.Or(retryAfter(resp), soon))
	case code >= 500:
		return ErrUnknown.With(err)
	}
	return err
}

func retryAfter(resp *http.Response) time.Duration {
	s, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(min(s, 3600)) * time.Second
}

package httpkit

import (
	"context"
	"crypto/rand"
	"fmt"
	stdlog "log"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// Middleware is a handler around a handler.
type Middleware func(http.Handler) http.Handler

// Wrap puts middlewares around h; the first is the outermost.
func Wrap(h http.Handler, around ...Middleware) http.Handler {
	for i := len(around) - 1; i >= 0; i-- {
		h = around[i](h)
	}
	return h
}

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Identify gives every request an id, which is in the answer (X-Request-ID) and
// in what is logged about it. An id that the client sends is not taken over: it
// would let strangers write into the log.
func Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// Log notes each request: its route (never its path or query, which may hold a
// secret), how it ended and how long it took.
func Log(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			seen := See(w)
			next.ServeHTTP(seen, r)
			log.InfoContext(r.Context(), "request", "request", RequestID(r.Context()),
				"method", Method(r), "route", r.Pattern, "status", seen.Status,
				"ms", time.Since(start).Milliseconds())
		})
	}
}

// Method is a request's method if it is one that there is, else "other": anybody
// may send any word, which would then stand in the log.
func Method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// Recover answers a request whose handler panicked, and notes the panic.
func Recover(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := See(w)
			defer func() {
				p := recover()
				if p == nil {
					return
				}
				if p == http.ErrAbortHandler {
					panic(p)
				}
				err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				if seen.Wrote {
					log.ErrorContext(r.Context(), "request failed after its answer began",
						"request", RequestID(r.Context()), "route", r.Pattern, "err", err)
					panic(http.ErrAbortHandler) // a cut answer must not look whole
				}
				WriteProblem(w, r, log, err)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

// Harden sets the headers that keep a browser from doing with an answer what it
// was not meant for. Pages replace the content policy with their own.
func Harden(secure bool) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer") // addresses may hold a token
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
			if secure {
				h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Limit refuses to read more than n bytes of a request's body.
func Limit(n int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, n)
			next.ServeHTTP(w, r)
		})
	}
}

// Deadline cancels what a request asked for after d.
func Deadline(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// Hurry gives the rest of a request's body d to arrive. Where no such deadline can
// be set, that of the whole request is left.
func Hurry(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d))
}

// Answer remembers how a request was answered.
type Answer struct {
	http.ResponseWriter
	Status int
	Wrote  bool // it has begun
}

// See returns an answer that is written to w.
func See(w http.ResponseWriter) *Answer {
	return &Answer{ResponseWriter: w, Status: http.StatusOK}
}

// WriteHeader is described by http.ResponseWriter.
func (a *Answer) WriteHeader(status int) {
	if !a.Wrote {
		a.Status, a.Wrote = status, status >= 200 // what comes before is no answer yet
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *Answer) Write(b []byte) (int, error) {
	a.Wrote = true
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// ErrorLog passes on what the HTTP server itself notes, such as broken
// connections, which nobody needs to be woken for.
func ErrorLog(log *slog.Logger) *stdlog.Logger {
	return slog.NewLogLogger(log.Handler(), slog.LevelInfo)
}

// Package httpkit is what every HTTP answer of the product has in common: the
// one table from faults to statuses and the one function that writes a problem
// (RFC 9457), request ids, the access log, recovery from panics, security
// headers, body limits, and whose request it is.
//
// It knows no route and no rule of the product.
package httpkit

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"xswarm.ai/server/internal/fault"
)

// Problem is a failure as the API tells it: RFC 9457, with a stable code.
type Problem struct {
	Type   string         `json:"type" doc:"Always about:blank: the code says which problem it is." example:"about:blank"`
	Title  string         `json:"title" doc:"The status in words." example:"Unprocessable Entity"`
	Status int            `json:"status" example:"422"`
	Detail string         `json:"detail" doc:"A sentence for people that says what to do."`
	Code   string         `json:"code" doc:"Stable, for programs." example:"invalid_request"`
	Errors []ProblemField `json:"errors,omitempty" doc:"The parts of the input that are at fault."`
	Offer  *Offer         `json:"upgrade,omitempty" doc:"With status 402: what would help."`

	retryAfter time.Duration
	cause      error
}

// ProblemField is one part of the input that is at fault.
type ProblemField struct {
	Location string `json:"location" doc:"Where it is." example:"body.email"`
	Message  string `json:"message" doc:"What is wrong with it; never the value itself."`
}

// Offer is what would help somebody whose plan does not include something.
type Offer struct {
	Feature string        `json:"feature" doc:"What is not included, or used up." example:"sms_messages"`
	Tier    string        `json:"tier" doc:"The present plan." example:"ai_buddy"`
	Plans   []OfferedPlan `json:"plans" doc:"Those that include more, cheapest first."`
	URL     string        `json:"url" doc:"The page where plan, spending cap and card are changed."`
}

// OfferedPlan is a plan that includes more.
type OfferedPlan struct {
	Tier  string  `json:"tier" example:"ai_secretary"`
	Name  string  `json:"name" example:"AI Secretary"`
	Price *string `json:"price" doc:"Dollars a month; null where it is agreed with sales." example:"40.00"`
}

// offerOf is an offer as it is told.
func offerOf(o *fault.Offer) *Offer {
	if o == nil {
		return nil
	}
	out := &Offer{Feature: o.Feature, Tier: o.Tier, URL: o.URL, Plans: []OfferedPlan{}}
	for _, p := range o.Plans {
		offered := OfferedPlan{Tier: p.Tier, Name: p.Name}
		if p.Price != "" {
			offered.Price = &p.Price
		}
		out.Plans = append(out.Plans, offered)
	}
	return out
}

// The only table from kinds to statuses.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Upgrade:         http.StatusPaymentRequired,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// Status returns the HTTP status of a kind of fault.
func Status(k fault.Kind) int { return statuses[k] }

// ProblemOf returns how an error is told. An error that is neither a problem nor a
// fault becomes an internal one, whose cause stays inside.
func ProblemOf(err error) *Problem {
	if p, ok := err.(*Problem); ok {
		return p
	}
	f := fault.From(err)
	p := &Problem{
		Type: "about:blank", Status: Status(f.Kind), Title: http.StatusText(Status(f.Kind)),
		Detail: f.Message, Code: f.Code, Offer: offerOf(f.Offer), retryAfter: f.RetryAfter, cause: f.Cause,
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField(field))
	}
	return p
}

// Error makes a Problem an error, which is told as it is.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// headers returns the headers that go with the problem.
func (p *Problem) headers() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="xswarm"`)
	}
	return h
}

// Log notes what people are not shown: the cause of an internal failure.
func (p *Problem) Log(r *http.Request, log *slog.Logger) {
	if p.Status >= http.StatusInternalServerError {
		log.ErrorContext(r.Context(), "request failed", "request", RequestID(r.Context()),
			"route", r.Pattern, "code", p.Code, "err", p.cause)
	}
}

// WriteProblem answers a request with a failure.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	p := ProblemOf(err)
	p.Log(r, log)
	p.write(w)
}

// WriteMethodProblem answers a request whose method its path does not take. The
// caller has set Allow.
func WriteMethodProblem(w http.ResponseWriter) {
	p := &Problem{
		Type: "about:blank", Status: http.StatusMethodNotAllowed,
		Title: http.StatusText(http.StatusMethodNotAllowed), Code: "method_not_allowed",
		Detail: "This route does not take this method; the Allow header lists those it takes.",
	}
	p.write(w)
}

func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.headers() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) // the client may be gone: nothing to do about it
}

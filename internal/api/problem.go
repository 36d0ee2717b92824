package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"xswarm.ai/server/internal/httpkit"
)

// huma makes its own errors (validation, unreadable bodies) through a global
// function, which is why this is the one exception to "no package-level state"
// and "nothing in init": its own form would repeat the input, passwords too.
func init() {
	huma.NewError = newError
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return newError(status, msg, errs...)
	}
}

// newError makes a problem of what huma found wrong. The value at fault is left
// out.
func newError(status int, msg string, errs ...error) huma.StatusError {
	p := &httpkit.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: codes[status], Detail: details[status],
	}
	if p.Code == "" {
		p.Code, p.Detail = "internal", details[http.StatusInternalServerError]
	}
	if len(errs) == 0 && status == http.StatusBadRequest {
		p.Detail = "The request cannot be read: " + msg + "."
	}
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			p.Errors = append(p.Errors, httpkit.ProblemField{Location: detail.Location, Message: detail.Message})
		}
	}
	return p
}

var codes = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusNotAcceptable:         "not_acceptable",
	http.StatusRequestTimeout:        "timeout",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "unsupported_media_type",
	http.StatusUnprocessableEntity:   "invalid_request",
	http.StatusInternalServerError:   "internal",
}

var details = map[int]string{
	http.StatusBadRequest:            "The request cannot be read: its body must be one JSON object.",
	http.StatusNotAcceptable:         "Answers are JSON: ask for application/json.",
	http.StatusRequestTimeout:        "The request's body took too long to arrive.",
	http.StatusRequestEntityTooLarge: "The request's body is too large: at most 64 KiB.",
	http.StatusUnsupportedMediaType:  "The body must be JSON: send Content-Type: application/json.",
	http.StatusUnprocessableEntity:   "Some of the input cannot be used: see errors.",
	http.StatusInternalServerError:   "Something went wrong on our side. It has been noted; please try again later.",
}

type requestKey struct{}

// requestOf returns the request that ctx belongs to.
func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

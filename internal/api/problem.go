package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xswarm.ai/server/internal/httpkit"
)

// newProblem makes a problem of what is wrong with a request: errs is what huma
// found. The value at fault, which may be a password, is left out.
func newProblem(status int, why string, errs ...error) *httpkit.Problem {
	p := &httpkit.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: codes[status], Detail: details[status],
	}
	if why != "" {
		p.Detail = "The request cannot be read: " + why + "."
	}
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			p.Errors = append(p.Errors, httpkit.ProblemField{Location: detail.Location, Message: plainly(detail.Message)})
		}
	}
	return p
}

// plainly puts into words what huma says in signs.
func plainly(said string) string {
	if n, ok := strings.CutPrefix(said, "expected length >= "); ok {
		return "must have at least " + n + " characters"
	}
	if n, ok := strings.CutPrefix(said, "expected length <= "); ok {
		return "must have at most " + n + " characters"
	}
	return said
}

var codes = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusRequestTimeout:        "timeout",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "unsupported_media_type",
	http.StatusUnprocessableEntity:   "invalid_request",
}

var details = map[int]string{
	http.StatusBadRequest:            "The request cannot be read: its body must be one JSON object.",
	http.StatusRequestTimeout:        "The request's body took too long to arrive.",
	http.StatusRequestEntityTooLarge: "The request's body is too large: at most 64 KiB.",
	http.StatusUnsupportedMediaType:  "The body must be JSON: send Content-Type: application/json.",
	http.StatusUnprocessableEntity:   "Some of the input cannot be used: see errors.",
}

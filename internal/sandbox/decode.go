package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"xswarm.ai/server/internal/fault"
)

// bodyLimit is how large a request to the control plane may be.
const bodyLimit = 64 << 10

// decode reads a JSON body into v, and names the field that does not fit. It
// never repeats what was sent.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fault.New(fault.Invalid, "invalid_request", "The body must be JSON, and its Content-Type application/json.")
	}
	return decodeJSON(http.MaxBytesReader(w, r.Body, bodyLimit), v)
}

func decodeJSON(body io.Reader, v any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			return fault.New(fault.Invalid, "invalid_request", "The body must be one JSON object and nothing after it.")
		}
		return nil
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "too_large", "The body is too large: at most 64 KiB.")
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fault.New(fault.Invalid, "invalid_request", "The body must be a JSON object.")
		}
		return fault.Body(wrong.Field, "must be a JSON "+jsonName(wrong.Type.Kind().String()))
	}
	// encoding/json has no type for this one.
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok && len(name) < 100 {
		return fault.Body(strings.TrimSuffix(name, `"`), "is not known here")
	}
	return fault.New(fault.Invalid, "invalid_request", "The body is not valid JSON.")
}

// jsonName is what JSON calls a Go type.
func jsonName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"):
		return "whole number"
	case kind == "slice":
		return "array"
	case kind == "struct" || kind == "map":
		return "object"
	}
	return kind
}

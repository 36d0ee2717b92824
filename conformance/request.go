package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

const formType = "application/x-www-form-urlencoded"

// Request is a request as it goes to a vendor. Its path is the vendor's own.
type Request struct {
	Vendor, Method, Path string
	Query                url.Values
	Header               http.Header
	Body                 []byte
}

// CheckRequest returns how a request differs from its description. A request for
// something that is not described is a finding too.
func (b *Book) CheckRequest(q Request) []Finding {
	o, params, ok := b.Find(q.Vendor, q.Method, q.Path)
	if !ok {
		return []Finding{{Part: "path", Rule: ruleUndeclared, Says: q.Method + " " + q.Path + " is not described"}}
	}
	if q.Vendor == "stripe" {
		return b.checkStripe(o, params, q)
	}
	u := &url.URL{Scheme: "https", Host: q.Vendor + ".example", Path: q.Path, RawQuery: q.Query.Encode()}
	r := &http.Request{Method: q.Method, URL: u, Header: q.Header, Body: io.NopCloser(bytes.NewReader(q.Body))}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: o.route,
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: hasCredentials,
		},
	})
	return append(findings("body", "", err), o.undeclaredIn(q)...)
}

// hasCredentials reports whether a request has credentials of the described kind.
func hasCredentials(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	h := in.RequestValidationInput.Request.Header.Get("Authorization")
	scheme := in.SecurityScheme
	want := map[string]string{"basic": "Basic ", "bearer": "Bearer "}[scheme.Scheme]
	if scheme.Type == "apiKey" && scheme.In == "header" {
		h = in.RequestValidationInput.Request.Header.Get(scheme.Name)
	}
	if len(h) <= len(want) || h[:len(want)] != want {
		return errors.New("no credentials of the kind " + in.SecuritySchemeName)
	}
	return nil
}

// undeclaredIn returns what a request says that the description knows nothing of.
func (o Operation) undeclaredIn(q Request) []Finding {
	var out []Finding
	for name, values := range q.Query {
		p := o.route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
		if p == nil {
			out = append(out, Finding{Part: "query", Field: name, Rule: ruleUndeclared, Says: "is not described"})
		} else if len(values) > 1 && !p.Schema.Value.Type.Is("array") {
			out = append(out, Finding{Part: "query", Field: name, Rule: ruleRepeated, Says: "is there more than once"})
		}
	}
	if len(q.Body) == 0 {
		return out
	}
	kind, schema := o.body(q)
	if schema == nil {
		return append(out, Finding{Part: "body", Rule: ruleUndeclared, Says: "no body of the type " + kind + " is described"})
	}
	if kind == formType {
		return append(out, undeclaredFields(q.Body, schema)...)
	}
	var value any
	if err := json.Unmarshal(q.Body, &value); err != nil {
		return append(out, Finding{Part: "body", Rule: ruleForm, Says: err.Error()})
	}
	return append(out, undeclared("body", "", value, schema)...)
}

// body returns the type of a request's body and its schema; nil if none of the
// type is described.
func (o Operation) body(q Request) (kind string, schema *openapi3.Schema) {
	kind, _, _ = mime.ParseMediaType(q.Header.Get("Content-Type"))
	if described := o.route.Operation.RequestBody; described != nil {
		if media := described.Value.Content.Get(kind); media != nil {
			return kind, media.Schema.Value
		}
	}
	return kind, nil
}

func undeclaredFields(body []byte, schema *openapi3.Schema) []Finding {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return []Finding{{Part: "body", Rule: ruleForm, Says: err.Error()}}
	}
	var out []Finding
	for name, values := range form {
		p, ok := schema.Properties[name]
		if !ok {
			out = append(out, Finding{Part: "body", Field: name, Rule: ruleUndeclared, Says: "is not described"})
		} else if len(values) > 1 && !p.Value.Type.Is("array") {
			out = append(out, Finding{Part: "body", Field: name, Rule: ruleRepeated, Says: "is there more than once"})
		}
	}
	return out
}

package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/once"
)

// maxBody is how large a request's body may be, bodyTime how long it may take to
// arrive.
const (
	maxBody  = 64 << 10
	bodyTime = 5 * time.Second
)

// endpoint is a route at work: it reads what the description says, calls the
// handler, and writes the answer.
//
// huma.Register does as much, but is compiled anew for the types of every route,
// which costs the Worker 6 kB gzip each. Here only the call of the handler
// depends on the types; describing and checking are huma's.
type endpoint struct {
	*api
	access
	in     reflect.Type // a struct: fields with a tag path or query, and Body
	params []param
	body   *huma.RequestBody // nil: it takes none
	handle func(ctx context.Context, in any) (out any, err error)
}

// param is a part of the path or of the query.
type param struct {
	*huma.Param
	index []int // of the input's field
}

// describe adds to op what the fields of in and the Body of out say, and returns
// what reads the parameters.
func (a *api) describe(op *huma.Operation, in, out reflect.Type) []param {
	registry := a.huma.OpenAPI().Components.Schemas
	var params []param
	for _, f := range reflect.VisibleFields(in) {
		p := &huma.Param{In: "path", Name: f.Tag.Get("path"), Required: true}
		if q := f.Tag.Get("query"); q != "" {
			p = &huma.Param{In: "query", Name: q, Explode: new(bool)}
		}
		if p.Name == "" {
			continue
		}
		p.Schema = huma.SchemaFromField(registry, f, "")
		p.Schema.PrecomputeMessages()
		p.Description = p.Schema.Description
		op.Parameters = append(op.Parameters, p)
		params = append(params, param{p, f.Index})
	}
	if f, ok := in.FieldByName("Body"); ok {
		op.RequestBody = &huma.RequestBody{
			Required: f.Type.Kind() != reflect.Pointer, Content: content("application/json", bodySchema(registry, in, f)),
		}
	}
	op.Responses = map[string]*huma.Response{}
	problem := registry.Schema(reflect.TypeFor[httpkit.Problem](), true, "Problem")
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: content("application/problem+json", problem),
		}
	}
	answer := &huma.Response{Description: http.StatusText(op.DefaultStatus)}
	if f, ok := out.FieldByName("Body"); ok {
		answer.Content = content("application/json", bodySchema(registry, out, f))
	}
	op.Responses[strconv.Itoa(op.DefaultStatus)] = answer
	return params
}

func content(kind string, s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{kind: {Schema: s}}
}

// bodySchema describes a Body, under the name of the type that it is part of.
func bodySchema(registry huma.Registry, of reflect.Type, f reflect.StructField) *huma.Schema {
	s := huma.SchemaFromField(registry, f, of.Name()+f.Name)
	s.PrecomputeMessages()
	return s
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, again, err := e.serve(w, r)
	if err != nil {
		httpkit.WriteProblem(w, r, e.Log, err)
		return
	}
	if again {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	if len(a.Body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.Status)
	w.Write(a.Body) // the client may be gone: nothing to do about it
}

// serve returns the answer, and whether it was given before.
func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) (a once.Answer, again bool, err error) {
	ctx := context.WithValue(r.Context(), callerKey{}, caller{e.Client(r), r.UserAgent()})
	if e.signedIn {
		s, err := e.Accounts.Authenticate(ctx, e.token(r))
		if err != nil {
			return a, false, err
		}
		ctx = context.WithValue(ctx, sessionKey{}, s)
	}
	key := ""
	if e.keyed {
		key = r.Header.Get(keyHeader)
	}
	refusal := e.gate(ctx)
	if refusal != nil && key == "" {
		return a, false, refusal
	}
	var raw []byte
	if e.body != nil {
		if raw, err = readBody(w, r); err != nil {
			return a, false, err
		}
	}
	in := reflect.New(e.in)
	if err := e.decode(in.Elem(), r, raw); err != nil {
		return a, false, err
	}
	if key != "" {
		request := once.Request{UserID: user(ctx).ID, Route: r.Method + " " + r.URL.Path, Key: key, Body: raw}
		return e.Once.Do(ctx, request, func() (once.Answer, error) {
			if refusal != nil {
				return once.Answer{}, refusal
			}
			return e.answer(ctx, in)
		})
	}
	a, err = e.answer(ctx, in)
	return a, false, err
}

// gate asks whether the user may use one more of what the route needs. A request
// that comes again with its key has an answer already, and may have used the last
// one: it is looked for before a refusal counts.
func (e *endpoint) gate(ctx context.Context) error {
	if e.needs == "" {
		return nil
	}
	return e.Billing.Gate(ctx, user(ctx), e.needs)
}

// answer calls the handler. What it says is written whole before any of it is
// sent.
func (e *endpoint) answer(ctx context.Context, in reflect.Value) (once.Answer, error) {
	out, err := e.handle(ctx, in.Interface())
	if err != nil {
		return once.Answer{}, err
	}
	var body bytes.Buffer
	if v := reflect.ValueOf(out); !v.IsNil() {
		err = e.huma.Marshal(&body, "application/json", v.Elem().FieldByName("Body").Interface())
	}
	return once.Answer{Status: e.status, Body: body.Bytes()}, err
}

// decode reads a request, whose body is raw, into in, a struct, or says everything
// that is wrong with it.
func (e *endpoint) decode(in reflect.Value, r *http.Request, raw []byte) error {
	var found huma.ValidateResult
	at := huma.NewPathBuffer(nil, 0)
	query := r.URL.Query()
	for _, p := range e.params {
		at.Reset()
		at.Push(p.In)
		at.Push(p.Name)
		raw := r.PathValue(p.Name)
		if p.In == "query" {
			raw = query.Get(p.Name)
		}
		e.decodeParam(in.FieldByIndex(p.index), p, raw, at, &found)
	}
	status := http.StatusUnprocessableEntity
	if e.body != nil {
		at.Reset()
		at.Push("body")
		unreadable, err := e.decodeBody(in.FieldByName("Body"), r.Header.Get("Content-Type"), raw, at, &found)
		if err != nil {
			return err
		}
		if unreadable > 0 {
			status = unreadable
		}
	}
	if len(found.Errors) > 0 {
		return newProblem(status, "", found.Errors...)
	}
	return nil
}

// decodeParam reads raw, a text or a whole number, into field.
func (e *endpoint) decodeParam(field reflect.Value, p param, raw string, at *huma.PathBuffer, found *huma.ValidateResult) {
	var value any = raw
	switch {
	case raw == "" && p.Schema.Default != nil:
		value = p.Schema.Default
	case raw == "":
		return
	case field.CanInt():
		n, err := strconv.Atoi(raw)
		if err != nil {
			found.Add(at, nil, "must be a whole number")
			return
		}
		value = n
	}
	huma.Validate(e.huma.OpenAPI().Components.Schemas, p.Schema, at, huma.ModeWriteToServer, value, found)
	field.Set(reflect.ValueOf(value).Convert(field.Type()))
}

// decodeBody reads raw, of a content type, into field. If it is not JSON at all, what is wrong
// is in found and the status returned.
func (e *endpoint) decodeBody(field reflect.Value, kind string, raw []byte, at *huma.PathBuffer, found *huma.ValidateResult) (int, error) {
	if len(raw) == 0 {
		if e.body.Required {
			return 0, newProblem(http.StatusBadRequest, "a body is required")
		}
		return 0, nil
	}
	if kind == "" {
		kind = "application/json"
	}
	var parsed any
	if err := e.huma.Unmarshal(kind, raw, &parsed); err != nil {
		if errors.Is(err, huma.ErrUnknownContentType) {
			return 0, newProblem(http.StatusUnsupportedMediaType, "")
		}
		found.Add(at, nil, err.Error())
		return http.StatusBadRequest, nil
	}
	before := len(found.Errors)
	huma.Validate(e.huma.OpenAPI().Components.Schemas, e.body.Content["application/json"].Schema, at, huma.ModeWriteToServer, parsed, found)
	if len(found.Errors) > before {
		return 0, nil
	}
	if err := e.huma.Unmarshal(kind, raw, field.Addr().Interface()); err != nil {
		found.Add(at, nil, err.Error()) // of the right shape, and still no value of the type
	}
	return 0, nil
}

// readBody returns the body, or the problem that kept it from arriving.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	httpkit.Hurry(w, bodyTime)
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	var late net.Error
	var large *http.MaxBytesError
	switch {
	case len(raw) > maxBody, errors.As(err, &large):
		return nil, newProblem(http.StatusRequestEntityTooLarge, "")
	case errors.As(err, &late) && late.Timeout():
		return nil, newProblem(http.StatusRequestTimeout, "")
	case err != nil:
		return nil, newProblem(http.StatusBadRequest, "it was cut off")
	}
	return raw, nil
}

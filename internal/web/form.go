package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// maxForm is how large a form may be.
const maxForm = 64 << 10

var (
	errFormTooLarge = fault.New(fault.TooLarge, "form_too_large", "That was too much text for this form.")
	errFormBroken   = fault.New(fault.Invalid, "invalid_form", "The form did not arrive whole. Please go back and send it again.")
)

// What a new password needs, before the server looks at it.
const (
	passwordMinimum = "10"
	passwordHint    = "At least 10 characters, and not easily guessed: a few words that do not belong together are a good one."
)

// form is what somebody typed, and what is wrong with it.
type form struct {
	prefix  string // of the ids of its fields, where a page has several forms
	typed   url.Values
	message string            // what is wrong as a whole
	fields  map[string]string // what is wrong with a field, by name
}

// readForm returns what was typed.
func (s *site) readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return form{}, errFormTooLarge
		}
		return form{}, errFormBroken.With(err)
	}
	return form{typed: r.PostForm}, nil
}

// value is what was typed into a field.
func (f form) value(name string) string { return strings.ToValidUTF8(f.typed.Get(name), "") }

// id is the id of a field's element.
func (f form) id(name string) string { return f.prefix + name }

// wrong reports whether anything is.
func (f form) wrong() bool { return f.message != "" || len(f.fields) > 0 }

// blame returns the form with what err says about it, and the status of the
// answer. An error that is nobody's fault but ours is returned instead, and so is
// one that no other input would mend: the plan does not include it. Of the
// fields at fault those are named at their place that the form has; the others
// are told as part of the message.
func (s *site) blame(w http.ResponseWriter, f form, err error, names ...string) (form, int, error) {
	problem := fault.From(err)
	if problem.Kind == fault.Internal || problem.Kind == fault.Upgrade {
		return f, 0, err
	}
	f.fields = map[string]string{}
	var rest []string
	for _, field := range problem.Fields {
		name := strings.TrimPrefix(field.Location, "body.")
		if slices.Contains(names, name) {
			f.fields[name] = sentence(label(name), field.Message)
			continue
		}
		rest = append(rest, sentence(label(name), field.Message))
	}
	if len(f.fields) == 0 && len(rest) == 0 {
		rest = append(rest, problem.Message+s.when(problem))
	}
	f.message = strings.Join(rest, " ")
	s.sayWhen(w, problem)
	return f, httpkit.Status(problem.Kind), nil
}

// label is what people call a field.
func label(name string) string {
	switch name {
	case "email":
		return "The address"
	case "current_password":
		return "The password"
	}
	return "The " + strings.ReplaceAll(name, "_", " ")
}

// sentence makes "must be …", said of a field, a sentence of its own.
func sentence(subject, predicate string) string {
	if first, _, _ := strings.Cut(predicate, " "); strings.ToLower(first) == first {
		predicate = subject + " " + predicate
	}
	if !strings.HasSuffix(predicate, ".") && !strings.HasSuffix(predicate, "!") && !strings.HasSuffix(predicate, "?") {
		predicate += "."
	}
	return predicate
}

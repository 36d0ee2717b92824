package web

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// frame is what all pages have around them.
type frame struct {
	title    string
	path     string // of the page, where a link to it is around it
	signedIn bool   // there is a session cookie; whether it still holds, the pages behind it say
	sandbox  string
	contact  string
	owed     *owed // nil: nothing is
	assets   *assets
}

func (s *site) frame(r *http.Request, title string) frame {
	return frame{
		title: title, signedIn: s.token(r) != "", sandbox: s.SandboxURL, contact: s.Contact, assets: s.assets,
	}
}

// show answers with a page. It is made whole before any of it is sent, so that
// one that fails is not sent half.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		httpkit.ProblemOf(err).Log(r, s.Log)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // the browser may be gone: nothing to do about it
}

// fail answers with a page that says what went wrong. Of an internal failure it
// tells nothing but the id under which the log has it.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := httpkit.ProblemOf(err)
	p.Log(r, s.Log)
	reference := ""
	if p.Status >= http.StatusInternalServerError {
		reference = httpkit.RequestID(r.Context())
	}
	f := fault.From(err)
	s.sayWhen(w, f)
	if f.Kind == fault.Upgrade {
		s.show(w, r, p.Status, upgradePage(upgradeOf(s.frame(r, ""), f)))
		return
	}
	s.show(w, r, p.Status, problemPage(s.frame(r, "Something is not right"), told(f)+s.when(f), reference))
}

// told is what a fault says, as sentences: those of its fields, if it has any.
func told(f *fault.Error) string {
	var sentences []string
	for _, field := range f.Fields {
		_, name, _ := strings.Cut(field.Location, ".")
		sentences = append(sentences, sentence(label(name), field.Message))
	}
	if len(sentences) == 0 {
		return f.Message
	}
	return strings.Join(sentences, " ")
}

// sayWhen tells programs when to come back.
func (s *site) sayWhen(w http.ResponseWriter, f *fault.Error) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
}

// when tells people when to come back: a sentence, or "".
func (s *site) when(f *fault.Error) string {
	if f.RetryAfter <= 0 {
		return ""
	}
	return " You can try again in " + about(f.RetryAfter) + "."
}

// about says how long a wait is, rounded up.
func about(d time.Duration) string {
	unit, name := time.Hour, "hour"
	switch {
	case d <= 90*time.Second:
		unit, name = time.Second, "second"
	case d <= 90*time.Minute:
		unit, name = time.Minute, "minute"
	}
	n := int(math.Ceil(float64(d) / float64(unit)))
	if n == 1 {
		return "1 " + name
	}
	return strconv.Itoa(n) + " " + name + "s"
}

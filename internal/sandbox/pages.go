package sandbox

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/look"
)

//go:embed assets
var assets embed.FS

// notes are what pages may say was just done: a form's answer is a redirect,
// which can carry a word only.
var notes = map[string]string{
	"granted":       "The plan was changed.",
	"retried":       "What was given up is due again.",
	"discarded":     "The job is gone.",
	"resent":        "The webhook is on its way.",
	"set":           "The verification was changed.",
	"ordered":       "The fault was ordered.",
	"moved":         "The clock was moved.",
	"emptied":       "The sandbox was emptied.",
	"resent_all":    "The webhooks are on their way.",
	"cancelled":     "The fault was cancelled.",
	"cancelled_all": "All faults were cancelled.",

	"dunning":       "The setting was changed.",
	"card":          "The customer pays with another card now.",
	"finalize":      "The invoice is final.",
	"pay":           "The invoice was paid.",
	"void":          "The invoice is void.",
	"uncollectible": "The invoice was written off.",
	"refund":        "The money was given back.",
	"dispute":       "The payment is disputed.",
	"win":           "The dispute is won.",
	"lose":          "The dispute is lost.",
	"pause":         "Invoices stay drafts until you resume.",
	"resume":        "Payments are collected again.",
	"cancel":        "The subscription has ended.",
}

// view gathers what every page shows.
func (s *Sandbox) view(r *http.Request, title, section string) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := 0
	for _, d := range s.st.Webhooks {
		if d.State == hookFailed {
			failed++
		}
	}
	return view{
		Title: title, Section: section, Now: s.now(), ProductURL: s.opt.ProductURL, HasProduct: s.product != nil,
		Counts: map[string]int{
			"mail": len(s.st.Mails), "phone": len(s.st.Texts), "webhooks": failed,
			"numbers": len(s.st.Numbers), "faults": len(s.st.Faults), "violations": len(s.st.Violations),
		},
		CSS: assetURL("sandbox.css"), JS: assetURL("sandbox.js"),
		Note: notes[r.URL.Query().Get("done")],
	}
}

// viewOf is view with what went wrong, if anything did, and the status for it.
func (s *Sandbox) viewOf(r *http.Request, title, section string, problem error) (view, int) {
	v, status := s.view(r, title, section), http.StatusOK
	if problem != nil {
		status, v.Problem = s.told(r.Context(), problem)
	}
	return v, status
}

// assetBytes returns a file that pages load.
func assetBytes(name string) ([]byte, error) {
	raw, err := assets.ReadFile("assets/" + name)
	if err == nil && path.Ext(name) == ".css" {
		raw = append([]byte(look.Palette()), raw...)
	}
	return raw, err
}

func assetURL(name string) string {
	raw, err := assetBytes(name)
	if err != nil {
		panic("sandbox: no asset " + name) // it is embedded
	}
	sum := sha256.Sum256(raw)
	return "/sandbox/assets/" + name + "?v=" + hex.EncodeToString(sum[:6])
}

func (s *Sandbox) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	raw, err := assetBytes(name)
	if err != nil {
		s.showMissing(w, r)
		return
	}
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	if r.URL.Query().Has("v") { // the address changes with the contents
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Write(raw)
}

// show writes a page.
func (s *Sandbox) show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := page.Render(r.Context(), w); err != nil && r.Context().Err() == nil {
		s.opt.Log.ErrorContext(r.Context(), "sandbox: write a page", "err", err)
	}
}

// told returns the status and the sentence for an error that a person caused or
// met.
func (s *Sandbox) told(ctx context.Context, err error) (int, string) {
	f := fault.From(err)
	if f.Kind == fault.Internal {
		s.opt.Log.ErrorContext(ctx, "sandbox: request failed", "err", err)
	}
	words := f.Message
	for _, field := range f.Fields {
		_, name, _ := strings.Cut(field.Location, ".")
		words = name + " " + field.Message + "."
	}
	return httpkit.Status(f.Kind), words
}

// done ends a form: back to a page, which says what was done.
func done(w http.ResponseWriter, r *http.Request, path, note string) {
	http.Redirect(w, r, path+"?done="+note, http.StatusSeeOther)
}

// form reads a posted form.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "invalid_request", "The form could not be read.")
	}
	return nil
}

func (s *Sandbox) showMissing(w http.ResponseWriter, r *http.Request) {
	v := s.view(r, "Not found", "")
	s.show(w, r, http.StatusNotFound, missingPage(v))
}

// showProblem ends a form whose page cannot be shown with the problem on it.
func (s *Sandbox) showProblem(w http.ResponseWriter, r *http.Request, title, section string, err error) {
	v, status := s.viewOf(r, title, section, err)
	s.show(w, r, status, missingPage(v))
}

package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"xswarm.ai/server/internal/fault"
)

var errNoMail = fault.New(fault.NotFound, "not_found", "There is no such mail.")

// mailHref is the address of a mail's page.
func mailHref(id string) string { return "/sandbox/mail/" + url.PathEscape(id) }

// mailView is what the page of a mail shows beside it.
type mailView struct {
	Mail
	Links  []string
	Source string // indented, if it can be
	Cut    bool   // the source is longer than what is kept
	Bytes  int
}

func (s *Sandbox) showMail(w http.ResponseWriter, r *http.Request) {
	mails := s.Mails()
	slices.Reverse(mails)
	var open *mailView
	title := "Mailbox"
	if id := r.PathValue("id"); id != "" {
		m, ok := s.mail(id)
		if !ok {
			s.showMissing(w, r)
			return
		}
		open, title = s.mailView(m), m.Subject
	}
	s.show(w, r, http.StatusOK, mailPage(s.view(r, title, "mail"), mails[:min(len(mails), maxMails)], open, len(mails)))
}

const maxMails = 200 // on the page

func (s *Sandbox) mailView(m Mail) *mailView {
	source := s.source(m)
	v := &mailView{Mail: m, Links: linksOf(m), Source: source.Raw, Bytes: source.Bytes, Cut: len(source.Raw) < source.Bytes}
	var b bytes.Buffer
	if json.Indent(&b, []byte(source.Raw), "", "  ") == nil {
		v.Source = b.String()
	}
	return v
}

func (s *Sandbox) mail(id string) (Mail, bool) {
	mails := s.Mails()
	i := slices.IndexFunc(mails, func(m Mail) bool { return m.ID == id })
	if i < 0 {
		return Mail{}, false
	}
	return mails[i], true
}

// showLetter serves a mail's HTML by itself, for the frame in its page: it has a
// policy of its own and no origin, so nothing in it can touch the inspector.
func (s *Sandbox) showLetter(w http.ResponseWriter, r *http.Request) {
	m, ok := s.mail(r.PathValue("id"))
	if !ok || m.HTML == "" {
		s.showMissing(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", letterPolicy)
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(newTabs(m.HTML)))
}

var headTag = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)

// newTabs lets the links of a page open in a tab of their own. The element goes
// into the head, so that the document type stays first.
func newTabs(html string) string {
	const base = `<base target="_blank">`
	if at := headTag.FindStringIndex(html); at != nil {
		return html[:at[1]] + base + html[at[1]:]
	}
	return base + html
}

var webLink = regexp.MustCompile(`https?://[^\s<>"')\]]+`)

// linksOf returns the addresses in a mail's text, each once.
func linksOf(m Mail) []string {
	source := m.Text
	if source == "" {
		source = strings.ReplaceAll(m.HTML, "&amp;", "&")
	}
	var out []string
	for _, l := range webLink.FindAllString(source, 50) {
		if l = strings.TrimRight(l, ".,;:!?"); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func from(m Mail) string {
	if m.FromName == "" {
		return m.From
	}
	return m.FromName + " <" + m.From + ">"
}

// headerFields are a mail's headers and what its sender attached to it for
// itself.
func headerFields(m Mail) [][2]string {
	return slices.Concat(sortedFields(m.Headers), argFields(m))
}

// argFields are a mail's custom arguments, its categories and the identifier that
// the vendor answered with.
func argFields(m Mail) [][2]string {
	var out [][2]string
	for _, f := range sortedFields(m.CustomArgs) {
		out = append(out, [2]string{"custom_args." + f[0], f[1]})
	}
	if len(m.Categories) > 0 {
		out = append(out, [2]string{"categories", strings.Join(m.Categories, ", ")})
	}
	return append(out, [2]string{"X-Message-Id", requestOf(m.ID)})
}

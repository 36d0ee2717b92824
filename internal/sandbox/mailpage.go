package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

func (s *Sandbox) showMail(w http.ResponseWriter, r *http.Request) {
	mails := s.Mails()
	slices.Reverse(mails)
	var open *Mail
	var found []string
	title := "Mailbox"
	if id := r.PathValue("id"); id != "" {
		m, ok := s.mail(id)
		if !ok {
			s.showMissing(w, r)
			return
		}
		open, found, title = &m, linksOf(m), m.Subject
	}
	s.show(w, r, http.StatusOK, mailPage(s.view(r, title, "mail"), mails, open, found))
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

// headerFields are a mail's headers and custom arguments, for the page.
func headerFields(m Mail) [][2]string {
	out := sortedFields(m.Headers)
	for _, f := range sortedFields(m.CustomArgs) {
		out = append(out, [2]string{"custom_args." + f[0], f[1]})
	}
	if len(m.Categories) > 0 {
		out = append(out, [2]string{"categories", strings.Join(m.Categories, ", ")})
	}
	return append(out, [2]string{"X-Message-Id", m.ID[:strings.LastIndexByte(m.ID, '.')]})
}

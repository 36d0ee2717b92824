package sandbox

import "strings"

// Source is the request that mails were made of.
type Source struct {
	Raw   string `json:"raw"`   // its beginning, as it came
	Bytes int    `json:"bytes"` // how long it was
}

// Limits of what is kept of requests: they are as long as their mails, and the
// state is written as a whole.
const (
	maxSource   = 256 << 10 // bytes; the rest of a request is attachments, as a rule
	keepSources = 200       // the latest
)

// requestOf is the identifier of the request that a mail is of.
func requestOf(mailID string) string {
	if dot := strings.LastIndexByte(mailID, '.'); dot >= 0 {
		return mailID[:dot]
	}
	return mailID
}

// storeMails keeps the mails of one request, and what they were made of.
func (s *Sandbox) storeMails(id string, list []Mail, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Sources[id] = Source{Raw: strings.ToValidUTF8(string(raw[:min(len(raw), maxSource)]), ""), Bytes: len(raw)}
	mails := trim(append(s.st.Mails, list...))
	total, from := 0, len(mails)
	kept := map[string]Source{}
	for from > 0 && total < keepMailBytes {
		from--
		m := mails[from]
		total += len(m.HTML) + len(m.Text)
		source, stored := s.st.Sources[requestOf(m.ID)]
		if _, counted := kept[requestOf(m.ID)]; stored && !counted && len(kept) < keepSources {
			kept[requestOf(m.ID)] = source
			total += len(source.Raw)
		}
	}
	s.st.Mails, s.st.Sources = mails[from:], kept
	s.changed("mails")
}

// source is what a mail was made of, or nothing, if that is no longer kept.
func (s *Sandbox) source(m Mail) Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Sources[requestOf(m.ID)]
}

package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func (s *Sandbox) showOverview(w http.ResponseWriter, r *http.Request) {
	sum, err := s.paySummary()
	v, status := s.viewOf(r, "Overview", "overview", err)
	s.show(w, r, status, overviewPage(v, s.opt.Carriers, s.recent(8), sum))
}

// event is a line of the overview.
type event struct {
	id, what, who, words, href string
	at                         time.Time
}

// recent returns the newest mails and texts, newest first.
func (s *Sandbox) recent(limit int) []event {
	var out []event
	for _, m := range s.Mails() {
		out = append(out, event{m.ID, "Mail", "to " + strings.Join(m.To, ", "), m.Subject, mailHref(m.ID), m.At})
	}
	for _, t := range s.Texts() {
		who := "to " + t.To
		if t.Direction == "inbound" {
			who = "from " + t.From
		}
		out = append(out, event{t.SID, "Text", who, t.Body, phoneHref(sides(t)), t.At})
	}
	slices.SortStableFunc(out, func(a, b event) int { return b.at.Compare(a.at) })
	return out[:min(limit, len(out))]
}

package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func (s *Sandbox) showOverview(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, overviewPage(s.view(r, "Overview", "overview"), s.opt.Carriers, s.recent(8)))
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

// leaving says what leaves this machine, and nothing that is not so.
func leaving(carriers []Carrier) string {
	if len(carriers) == 0 {
		return "This sandbox runs by itself. What a program sends to its emulators ends up here and goes no further; " +
			"where else that program is connected cannot be seen from here."
	}
	sent := map[Mode][]string{}
	for _, c := range carriers {
		sent[c.Mode] = append(sent[c.Mode], c.Sends)
	}
	var words []string
	say := func(m Mode, before, after string) {
		if list := strings.Join(sent[m], " and "); list != "" {
			words = append(words, capital(before+list+after))
		}
	}
	say(Real, "careful: ", " leave this machine and reach real people.")
	say(Elsewhere, "", " go to another address than this sandbox’s.")
	if len(words) == 0 {
		words = append(words, "Nothing leaves this machine.")
	}
	say(Emulated, "", " that xSwarm sends end up here; what people answer begins here.")
	return strings.Join(words, " ")
}

// allEmulated reports whether there is nothing more to say about the vendors.
func allEmulated(carriers []Carrier) bool {
	return !slices.ContainsFunc(carriers, func(c Carrier) bool { return c.Mode != Emulated })
}

// modeWords says what a vendor's mode means.
func modeWords(c Carrier) string {
	switch c.Mode {
	case Real:
		return "Its keys are set: " + c.Sends + " go out."
	case Elsewhere:
		return capital(c.Sends) + " go to " + c.Base + "."
	case Off:
		return "Turned off: no " + c.Sends + " are sent or taken."
	}
	return "It has no keys: " + c.Sends + " end up in this sandbox."
}

func modeMood(m Mode) string {
	return map[Mode]string{Emulated: "good", Real: "bad", Elsewhere: "wait"}[m]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

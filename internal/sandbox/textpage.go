package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"xswarm.ai/server/internal/fault"
)

var errNoText = fault.New(fault.NotFound, "not_found", "There is no such text.")

// textHref is the address of a text's page.
func textHref(sid string) string { return "/sandbox/phone/messages/" + url.PathEscape(sid) }

// textOf returns a text by its identifier.
func (s *Sandbox) textOf(sid string) (Text, bool) {
	texts := s.Texts()
	i := slices.IndexFunc(texts, func(t Text) bool { return t.SID == sid })
	if i < 0 {
		return Text{}, false
	}
	return texts[i], true
}

// hooksAbout are the webhooks about a text, oldest first.
func (s *Sandbox) hooksAbout(sid string) []Delivery {
	return slices.DeleteFunc(s.Webhooks(), func(d Delivery) bool { return d.SID != sid })
}

func (s *Sandbox) showText(w http.ResponseWriter, r *http.Request) {
	t, ok := s.textOf(r.PathValue("sid"))
	if !ok {
		s.showMissing(w, r)
		return
	}
	s.show(w, r, http.StatusOK, textPage(s.view(r, "Text "+t.From+" to "+t.To, "phone"), t, s.hooksAbout(t.SID)))
}

// directionWords says which way a text went, and why.
func directionWords(t Text) string {
	switch {
	case t.Network:
		return "the network’s own answer to a keyword, of which the account knows nothing"
	case t.Direction == "inbound":
		return "from a person to xSwarm"
	case t.Direction == "outbound-reply":
		return "to a person, as the answer to a webhook"
	}
	return "to a person, by the API"
}

// sizeWords says how long a text is for the network.
func sizeWords(t Text) string {
	words := plural(t.Segments, "segment") + ", " + encoding(t.Body) + ", " + plural(len([]rune(t.Body)), "character")
	if len(t.Media) > 0 {
		words += ", with " + plural(len(t.Media), "picture or file")
	}
	return words
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// errorWords is one of Twilio's codes with its meaning.
func errorWords(code int) string {
	if m := errorMessages[code]; m != "" {
		return m + " (" + strconv.Itoa(code) + ")"
	}
	return "error " + strconv.Itoa(code)
}

// priceWords is what a text costs, once that is known.
func priceWords(t Text) string {
	if t.Price == "" {
		return "not known until it is sent"
	}
	return t.Price + " USD"
}

func stepMood(st Step) string {
	switch {
	case st.ErrorCode != 0:
		return "bad"
	case st.Status == "delivered" || st.Status == "received":
		return "good"
	}
	return ""
}

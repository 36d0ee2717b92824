package sandbox

import "time"

// talk is a conversation: a person's phone and a number of the account.
type talk struct {
	Person, Number string
	Name           string // the person's, if it is known
	Last           string // what was said last
	At             time.Time
	Open           bool // it is the one that is shown
	OptedOut       bool
}

const maxTalks = 50 // on the page, the latest

// sides are the person and the number of the account that a text went between.
func sides(t Text) (person, number string) {
	if t.Direction == "inbound" {
		return t.From, t.To
	}
	return t.To, t.From
}

// talks are the conversations, the latest first, then the known phones that have
// none yet.
func (s *Sandbox) talks(texts []Text, p phoneView) []talk {
	names := map[string]string{}
	for _, n := range p.Phones {
		names[n.Number] = n.Name
	}
	var out []talk
	seen, spoken := map[string]bool{}, map[string]bool{}
	for i := len(texts) - 1; i >= 0 && len(out) < maxTalks; i-- {
		person, number := sides(texts[i])
		if spoken[person] = true; seen[pair(number, person)] {
			continue
		}
		seen[pair(number, person)] = true
		out = append(out, talk{
			Person: person, Number: number, Name: names[person], Last: texts[i].Body, At: texts[i].At,
			Open: person == p.Phone && number == p.With, OptedOut: s.optedOut(number, person),
		})
	}
	for _, n := range p.Phones {
		if !spoken[n.Number] {
			out = append(out, talk{Person: n.Number, Name: n.Name, Open: n.Number == p.Phone})
		}
	}
	return out
}

// optedOut reports whether a person wants no texts from a number.
func (s *Sandbox) optedOut(number, person string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.OptOuts[pair(number, person)]
}

// inboundHooks are the webhooks that tell of texts that people sent, by the text.
func (s *Sandbox) inboundHooks() map[string]Delivery {
	out := map[string]Delivery{}
	for _, d := range s.Webhooks() {
		if d.Kind == hookSMS {
			out[d.SID] = d
		}
	}
	return out
}

// bubble is a text as a conversation shows it.
type bubble struct {
	Text
	Class string
	Ticks string // for the eye
	Words string // how far it has come
}

// bubbleOf says of a text how far it has come: one that was sent to the person by
// what the network reports, one of the person's by what the product answered.
func bubbleOf(t Text, hooks map[string]Delivery) bubble {
	b := bubble{Text: t, Class: "theirs"}
	switch {
	case t.Network:
		b.Class, b.Words = "theirs network", "from the network"
	case t.Direction == "inbound":
		b.Class = "mine"
		b.Ticks, b.Words = heardWords(hooks[t.SID])
		if b.Ticks == lost {
			b.Class = "mine lost"
		}
	case t.ErrorCode != 0:
		b.Class, b.Ticks, b.Words = "theirs lost", lost, "not delivered: "+errorWords(t.ErrorCode)
	case t.Status == "delivered":
		b.Ticks, b.Words = "✓✓", "delivered"
	case t.Status == "sent":
		b.Ticks, b.Words = "✓", "sent"
	default:
		b.Ticks, b.Words = "…", t.Status
	}
	return b
}

// lost is what stands where ticks would.
const lost = "!"

// heardWords says whether the product has heard of a text.
func heardWords(d Delivery) (ticks, words string) {
	switch d.State {
	case hookDelivered:
		return "✓✓", "sent, and heard by xSwarm"
	case hookPending:
		return "✓", "sent"
	case hookFailed:
		return lost, "sent, but xSwarm did not take the webhook"
	case hookDropped:
		return lost, "sent, but the webhook was dropped by a fault"
	}
	return "✓", "sent" // the number has no webhook, or it is no longer kept
}

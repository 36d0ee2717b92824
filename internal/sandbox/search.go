package sandbox

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"xswarm.ai/server/internal/fault"
)

// Limits of a search.
const (
	maxQuery   = 200      // characters of what is looked for
	maxFound   = 20       // results of a kind that are shown
	maxLooking = 64 << 10 // bytes of one field that are looked at
)

// found is what a search met: the newest few of a kind, and how many there are.
type found struct {
	Kind  string `json:"kind"` // mail, text, webhook, user, customer, invoice, event
	Total int    `json:"total"`
	Hits  []hit  `json:"hits"`
}

// hit is one result.
type hit struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Field string    `json:"field"`   // in which the first of the words was met
	Parts [3]string `json:"excerpt"` // before the word, the word, after it
	Href  string    `json:"href"`
	At    time.Time `json:"at,omitzero"`
}

// search looks for all of a query's words in mails, texts, webhooks, users and
// what is at Stripe.
func (s *Sandbox) search(ctx context.Context, query string) ([]found, error) {
	if !utf8.ValidString(query) || utf8.RuneCountInString(query) > maxQuery {
		return nil, fault.New(fault.Invalid, "invalid_request", "What to look for must be text of at most 200 characters.")
	}
	w := sought{strings.Fields(strings.ToLower(query))}
	if n := asNumber(query); n != "" {
		w = append(w, []string{n})
	}
	users, err := s.searchUsers(ctx, w)
	if err != nil {
		return nil, err
	}
	paid, err := s.searchPayments(w)
	if err != nil {
		return nil, err
	}
	return append([]found{s.searchMails(w), s.searchTexts(w), s.searchWebhooks(w), users}, paid...), nil
}

// sought is what is looked for: all words of one of the lists.
type sought [][]string

// asNumber reads what looks like a telephone number, however people write it, and
// returns its digits.
func asNumber(query string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, query)
	if len(digits) >= 4 && strings.Trim(query, "0123456789+-.() \u00a0") == "" {
		return digits
	}
	return ""
}

// field is something that is looked at, with its name.
type field struct{ name, value string }

// identifiers are fields that are random: a short word is in some by chance.
var identifiers = []string{"message", "webhook", "user", "event", "object", "customer", "invoice", "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "X-Message-Id"}

const shortestIdentifier = 6 // characters of one that are looked for within

// in finds what is sought among the fields.
func (w sought) in(fields []field) (name string, parts [3]string, ok bool) {
	for _, words := range w {
		if name, parts, ok = match(words, fields); ok {
			break
		}
	}
	return name, parts, ok
}

// match finds all of the words among the fields, and shows where the first is.
func match(words []string, fields []field) (name string, parts [3]string, ok bool) {
	if len(words) == 0 {
		return "", parts, false
	}
	for i, word := range words {
		at, where := -1, field{}
		for _, f := range fields {
			f.value = f.value[:min(len(f.value), maxLooking)]
			at = fold(f.value, word)
			if at > 0 && len(word) < shortestIdentifier && slices.Contains(identifiers, f.name) {
				at = -1
			}
			if at >= 0 {
				where = f
				break
			}
		}
		if at < 0 {
			return "", [3]string{}, false
		}
		if i == 0 {
			name, parts = where.name, excerpted(where.value, at, len(word))
		}
	}
	return name, parts, true
}

// fold is where a word in lower case begins in a text, in whichever case it is
// there, or -1. A text whose lower case is of another length is looked at as it
// is: an offset into the one would mean nothing in the other.
func fold(text, word string) int {
	if lower := strings.ToLower(text); len(lower) == len(text) {
		return strings.Index(lower, word)
	}
	return strings.Index(text, word)
}

// excerpted cuts a text around a word.
func excerpted(text string, at, size int) [3]string {
	const margin = 60 // bytes
	from, to := max(at-margin, 0), min(at+size+margin, len(text))
	before, after := strings.ToValidUTF8(text[from:at], ""), strings.ToValidUTF8(text[at+size:to], "")
	if from > 0 {
		before = "…" + before
	}
	if to < len(text) {
		after += "…"
	}
	return [3]string{before, strings.ToValidUTF8(text[at:at+size], ""), after}
}

// gather makes the results of a kind, newest first.
func gather[T any](kind string, items []T, w sought, of func(T) (hit, []field)) found {
	out := found{Kind: kind, Hits: []hit{}}
	for _, item := range slices.Backward(items) {
		h, fields := of(item)
		name, parts, ok := w.in(fields)
		if !ok {
			continue
		}
		out.Total++
		if len(out.Hits) < maxFound {
			h.Field, h.Parts = name, parts
			out.Hits = append(out.Hits, h)
		}
	}
	return out
}

func (s *Sandbox) searchMails(w sought) found {
	return gather("mail", s.Mails(), w, func(m Mail) (hit, []field) {
		fields := []field{
			{"subject", m.Subject}, {"to", strings.Join(slices.Concat(m.To, m.Cc, m.Bcc), ", ")}, {"from", from(m)},
			{"text", m.Text}, {"HTML", m.HTML}, {"message", m.ID},
		}
		for _, h := range headerFields(m) {
			fields = append(fields, field{h[0], h[1]})
		}
		return hit{ID: m.ID, Title: m.Subject, Href: mailHref(m.ID), At: m.At}, fields
	})
}

func (s *Sandbox) searchTexts(w sought) found {
	return gather("text", s.Texts(), w, func(t Text) (hit, []field) {
		fields := []field{{"text", t.Body}, {"from", t.From}, {"to", t.To}, {"message", t.SID}, {"media", strings.Join(t.Media, " ")}}
		return hit{ID: t.SID, Title: t.From + " to " + t.To, Href: textHref(t.SID), At: t.At}, fields
	})
}

func (s *Sandbox) searchWebhooks(w sought) found {
	return gather("webhook", s.Webhooks(), w, func(d Delivery) (hit, []field) {
		fields := []field{{"webhook", d.ID}, {"address", d.URL}, {"answer", d.Answer()}}
		for _, name := range slices.Sorted(maps.Keys(d.Params)) {
			fields = append(fields, field{name, d.Params[name]})
		}
		if d.Event != nil {
			fields = append(fields, field{"event", d.Event.ID}, field{"type", d.Event.Type}, field{"body", d.Event.Body})
		}
		return hit{ID: d.ID, Title: hookTitle(d), Href: hookHref(d.ID), At: d.At}, fields
	})
}

func (s *Sandbox) searchUsers(ctx context.Context, w sought) (found, error) {
	var users []UserRow
	if p := s.theProduct(); p != nil && len(w[0]) > 0 {
		var err error
		if users, err = p.Users(ctx); err != nil {
			return found{}, err
		}
	}
	slices.Reverse(users) // they come newest first
	return gather("user", users, w, func(u UserRow) (hit, []field) {
		fields := []field{
			{"address", u.Email}, {"name", u.Name}, {"user", u.ID}, {"plan", u.Tier},
			{"phone", strings.Join(u.Phones, ", ")}, {"number", strings.Join(u.Numbers, ", ")},
		}
		return hit{ID: u.ID, Title: nameOf(u), Href: "/sandbox/users#li-" + url.PathEscape(u.ID)}, fields
	}), nil
}

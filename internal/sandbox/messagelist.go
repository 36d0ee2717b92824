package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

func (s *Sandbox) fetchMessage(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.st.Texts, func(t Text) bool { return t.SID == c.sid() && !t.Network })
	if i < 0 {
		return 0, nil, notFound(c.r)
	}
	return http.StatusOK, s.messageJSON(s.st.Texts[i]), nil
}

func (s *Sandbox) listMessages(c twilioCall) (int, any, *twilioError) {
	within, refused := dateFilter(c.params)
	if refused != nil {
		return 0, nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []any
	for _, t := range slices.Backward(s.st.Texts) {
		match := !t.Network && (c.get("To") == "" || c.get("To") == t.To) &&
			(c.get("From") == "" || c.get("From") == t.From) && within(t)
		if match {
			found = append(found, s.messageJSON(t))
		}
	}
	return http.StatusOK, s.pageOf(c, "messages", found), nil
}

// aMoment is the rule for a day or a time.
func aMoment(v string) string {
	if _, _, ok := moment(v); !ok {
		return "is neither a day like 2026-11-22 nor a time like 2026-11-22T10:00:00Z"
	}
	return ""
}

// moment reads a day, or a time; whole tells that it was a day.
func moment(v string) (t time.Time, whole, ok bool) {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t, false, true
	}
	t, err := time.Parse(time.DateOnly, v)
	return t, true, err == nil
}

// dateFilter reads DateSent and its two bounds. A text that was not sent yet is
// taken at the time when it was made.
func dateFilter(params url.Values) (func(Text) bool, *twilioError) {
	var rules []func(time.Time) bool
	for _, name := range []string{"DateSent", "DateSent<", "DateSent>"} {
		v := params.Get(name)
		if v == "" {
			continue
		}
		at, whole, ok := moment(v)
		if !ok {
			return nil, refuse(http.StatusBadRequest, 20001, "%s is not a valid date.", name)
		}
		end := at
		if whole {
			end = at.Add(24*time.Hour - time.Nanosecond)
		}
		switch name {
		case "DateSent":
			rules = append(rules, func(t time.Time) bool { return !t.Before(at) && !t.After(end) })
		case "DateSent<":
			rules = append(rules, func(t time.Time) bool { return !t.After(end) })
		case "DateSent>":
			rules = append(rules, func(t time.Time) bool { return !t.Before(at) })
		}
	}
	return func(t Text) bool {
		at := t.SentAt
		if at.IsZero() {
			at = t.At
		}
		at = at.Truncate(time.Second) // as it is written
		return !slices.ContainsFunc(rules, func(ok func(time.Time) bool) bool { return !ok(at) })
	}, nil
}

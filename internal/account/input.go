package account

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

const maxName = 100 // characters

// problems gathers what is wrong with an input, so that people hear all of it at
// once.
type problems []fault.Field

func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, fault.From(err).Fields...)
	}
}

// err returns one fault with all the fields, or nil.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	f := fault.Body("", "")
	f.Fields = p
	return f
}

// cleanName returns a name fit to greet somebody with. It is written into a mail
// to an address that nobody has proven yet, so it must not carry a message: no
// links, and nothing that looks like one.
func cleanName(raw string) (string, error) {
	name := strings.Join(strings.Fields(raw), " ")
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable):
		return "", fault.Body("name", "must not contain control characters")
	case utf8.RuneCountInString(name) > maxName:
		return "", fault.Body("name", "must be at most 100 characters long")
	case strings.ContainsAny(name, `<>/\@`) || strings.Contains(name, ":") || domainLike(name):
		return "", fault.Body("name", "must be a name only: no address and no link")
	}
	return name, nil
}

// domainLike reports whether mail programs would turn a part of s into a link: a
// dot between a letter or digit and two letters. "J.R.R. Tolkien" has none.
func domainLike(s string) bool {
	runes := []rune(s)
	for i := 1; i+2 < len(runes); i++ {
		before := unicode.IsLetter(runes[i-1]) || unicode.IsDigit(runes[i-1])
		if runes[i] == '.' && before && unicode.IsLetter(runes[i+1]) && unicode.IsLetter(runes[i+2]) {
			return true
		}
	}
	return false
}

// unprintable reports control characters and those that turn the direction of
// writing or are not seen at all, joiners aside, which some scripts need.
func unprintable(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// cleanZone returns an IANA time zone; without one, UTC.
func cleanZone(raw string) (string, error) {
	zone := strings.TrimSpace(raw)
	if zone == "" {
		return "UTC", nil
	}
	// "Local" loads, and would mean wherever the server stands.
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 64 {
		return "", fault.Body("time_zone", "must be a time zone like Europe/Berlin")
	}
	return zone, nil
}

// checkPlan refuses a wish for a plan that does not exist.
func checkPlan(t plan.Tier) error {
	if t != "" && !t.Valid() {
		return fault.Body("plan", "must be one of ai_buddy, ai_secretary, ai_project_manager, ai_cto")
	}
	return nil
}

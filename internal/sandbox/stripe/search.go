package stripe

import (
	"regexp"
	"strconv"
	"strings"
)

// clauseRule is one condition of Stripe's search language, as far as it goes
// here: field:"value", metadata["key"]:"value", joined by AND or OR, and negated
// by a minus.
var clauseRule = regexp.MustCompile(`^(-?)([a-z_]+(?:\[["'][^"']+["']\])?)\s*([:~])\s*["']([^"']*)["']$`)

var joinRule = regexp.MustCompile(`(?i)\s+(and|or)\s+`)

// readSearch reads a query. What it returns asks for the fields by name, of
// metadata as metadata.key.
func readSearch(query string) (func(field func(string) string) bool, *apiError) {
	joins := joinRule.FindAllStringSubmatch(query, -1)
	either := false
	for _, j := range joins {
		either = strings.EqualFold(j[1], "or")
		if !strings.EqualFold(j[1], joins[0][1]) {
			return nil, bad("query", "", "We were unable to parse your search query. You cannot mix AND and OR in one query.")
		}
	}
	var clauses []func(func(string) string) bool
	for _, text := range joinRule.Split(query, -1) {
		m := clauseRule.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			return nil, bad("query", "", "We were unable to parse your search query. Use the format field:\"value\", for example metadata[\"key\"]:\"value\".")
		}
		name := strings.NewReplacer(`["`, ".", `"]`, "", `['`, ".", `']`, "").Replace(m[2])
		negated, part, want := m[1] == "-", m[3] == "~", m[4]
		clauses = append(clauses, func(field func(string) string) bool {
			got := strings.ToLower(field(name))
			if part {
				return strings.Contains(got, strings.ToLower(want)) != negated
			}
			return (got == strings.ToLower(want)) != negated
		})
	}
	return func(field func(string) string) bool {
		for _, clause := range clauses {
			if clause(field) == either {
				return either
			}
		}
		return !either
	}, nil
}

// field returns a label that a search names as metadata.key.
func (l labels) field(name string) string {
	key, _ := strings.CutPrefix(name, "metadata.")
	return l[key]
}

// searched cuts the page that was asked for out of what was found.
func searched[T row](c *call, url string, rows []T) (*searching, *apiError) {
	limit, refused := limitOf(c)
	if refused != nil {
		return nil, refused
	}
	from, _ := strconv.Atoi(c.str("page"))
	from = min(max(from, 0), len(rows))
	to := min(from+limit, len(rows))
	out := &searching{Object: "search_result", URL: url, HasMore: to < len(rows), Data: []any{}}
	if out.HasMore {
		next := strconv.Itoa(to)
		out.NextPage = &next
	}
	for _, r := range rows[from:to] {
		out.Data = append(out.Data, r)
	}
	return out, nil
}

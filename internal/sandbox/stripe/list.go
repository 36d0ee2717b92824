package stripe

import (
	"encoding/json"
	"slices"
)

// listing is one page of a list.
type listing struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []any  `json:"data"`
}

// searching is one page of what was searched for.
type searching struct {
	Object   string  `json:"object"`
	URL      string  `json:"url"`
	HasMore  bool    `json:"has_more"`
	NextPage *string `json:"next_page"`
	Data     []any   `json:"data"`
}

// page cuts the page that was asked for out of a list, newest first.
func page[T row](c *call, what, url string, rows []T) (*listing, *apiError) {
	limit, refused := limitOf(c)
	if refused != nil {
		return nil, refused
	}
	out := &listing{Object: "list", URL: url, Data: []any{}}
	at := func(id string) int { return slices.IndexFunc(rows, func(r T) bool { return r.ident() == id }) }
	from, to := 0, min(limit, len(rows))
	if id := c.str("starting_after"); id != "" {
		i := at(id)
		if i < 0 {
			return nil, unknownID(what, id, "starting_after")
		}
		from, to = i+1, min(i+1+limit, len(rows))
	} else if id := c.str("ending_before"); id != "" {
		i := at(id)
		if i < 0 {
			return nil, unknownID(what, id, "ending_before")
		}
		from, to = max(0, i-limit), i
		out.HasMore = from > 0
	}
	if c.str("ending_before") == "" {
		out.HasMore = to < len(rows)
	}
	for _, r := range rows[from:to] {
		out.Data = append(out.Data, shownOf(r))
	}
	return out, nil
}

// shownOf is a row as answers have it, where the state keeps it in another way.
func shownOf(r any) any {
	if s, ok := r.(interface{ shown() any }); ok {
		return s.shown()
	}
	return r
}

func limitOf(c *call) (int, *apiError) {
	if !c.has("limit") {
		return 10, nil
	}
	n := c.int("limit")
	if n < 1 || n > 100 {
		return 0, bad("limit", "", "Invalid integer: limit must be between 1 and 100")
	}
	return int(n), nil
}

// inTime reports whether a moment is within a filter like created or
// created[gte].
func (p params) inTime(k string, at int64) bool {
	if !p.has(k) {
		return true
	}
	if !p.isObject(k) {
		return at == p.int(k)
	}
	f := p.sub(k)
	return (!f.has("gt") || at > f.int("gt")) && (!f.has("gte") || at >= f.int("gte")) &&
		(!f.has("lt") || at < f.int("lt")) && (!f.has("lte") || at <= f.int("lte"))
}

// is reports whether a value is the one that a filter asks for, if it does.
func (p params) is(k, value string) bool { return !p.has(k) || p.str(k) == value }

// inline is a list inside an object.
type inline[T any] struct {
	URL  string
	Data []T
}

// MarshalJSON writes the list as Stripe does.
func (l inline[T]) MarshalJSON() ([]byte, error) {
	data := l.Data
	if data == nil {
		data = []T{}
	}
	return json.Marshal(map[string]any{"object": "list", "url": l.URL, "has_more": false, "data": data, "inline": true})
}

// UnmarshalJSON reads it from the state.
func (l *inline[T]) UnmarshalJSON(b []byte) error {
	var v struct {
		URL  string `json:"url"`
		Data []T    `json:"data"`
	}
	err := json.Unmarshal(b, &v)
	l.URL, l.Data = v.URL, v.Data
	return err
}

package stripe

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// v2List is one page of a list of the /v2 API.
type v2List struct {
	Data     []any   `json:"data"`
	Next     *string `json:"next_page_url"`
	Previous *string `json:"previous_page_url"`
}

func v2Page[T row](c *call, path string, rows []T, filters ...string) (any, *apiError) {
	for _, k := range slices.Sorted(maps.Keys(c.query.m)) {
		if k != "limit" && k != "page" && !slices.Contains(filters, k) {
			return nil, v2Bad("unknown_field", "Received unknown field: "+k)
		}
	}
	limit := int64(20)
	c.query.setInt("limit", &limit)
	if limit < 1 || limit > 100 {
		return nil, v2Bad("invalid_fields", "The field limit must be between 1 and 100.")
	}
	from, _ := strconv.Atoi(c.query.str("page"))
	from = min(max(from, 0), len(rows))
	to := min(from+int(limit), len(rows))
	out := v2List{Data: []any{}}
	for _, r := range rows[from:to] {
		out.Data = append(out.Data, r)
	}
	if to < len(rows) {
		next := fmt.Sprintf("%s?limit=%d&page=%d", path, limit, to)
		out.Next = &next
	}
	return out, nil
}

// v2Bad and v2Missing are refusals in the words of the /v2 API.
func v2Bad(code, message string) *apiError {
	return &apiError{Status: http.StatusBadRequest, Type: invalidRequest, Code: code, Message: message}
}

func v2Missing(id string) *apiError {
	return &apiError{Status: http.StatusNotFound, Type: invalidRequest, Code: "not_found", Message: "No such object: " + id}
}

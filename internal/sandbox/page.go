package sandbox

import (
	"net/url"
	"strconv"
)

// pageSize is how many items a page has.
func pageSize(params url.Values) int {
	n, err := strconv.Atoi(params.Get("PageSize"))
	if err != nil || n < 1 {
		return 50
	}
	return min(n, 1000)
}

// onPage cuts a page out of a list and returns where it begins and which it is.
func onPage(params url.Values, list []any) (items []any, start, page, size int) {
	size = pageSize(params)
	page, _ = strconv.Atoi(params.Get("Page"))
	page = min(max(page, 0), len(list)) // no arithmetic on absurd numbers
	start = min(page*size, len(list))
	return append([]any{}, list[start:min(start+size, len(list))]...), start, page, size
}

// pageURL is a link to another page of the same list.
func pageURL(path string, params url.Values, page, size int) string {
	q := url.Values{}
	for name, values := range params {
		q[name] = values
	}
	q.Del("PageToken")
	q.Set("Page", strconv.Itoa(page))
	q.Set("PageSize", strconv.Itoa(size))
	if page > 0 {
		q.Set("PageToken", "PA"+strconv.Itoa(page))
	}
	return path + "?" + q.Encode()
}

// pageOf is a page as the older API writes it, with relative links.
func (s *Sandbox) pageOf(c twilioCall, key string, list []any) map[string]any {
	items, start, page, size := onPage(c.params, list)
	path := c.r.URL.Path
	m := map[string]any{
		key: items, "page": page, "page_size": size, "start": start, "end": max(start+len(items)-1, 0),
		"uri":            pageURL(path, c.params, page, size),
		"first_page_uri": pageURL(path, c.params, 0, size),
		"next_page_uri":  nil, "previous_page_uri": nil,
	}
	if start+len(items) < len(list) {
		m["next_page_uri"] = pageURL(path, c.params, page+1, size)
	}
	if page > 0 {
		m["previous_page_uri"] = pageURL(path, c.params, page-1, size)
	}
	return m
}

// metaOf is a page as the newer APIs write it, with whole links.
func metaOf(c twilioCall, base, key string, list []any) map[string]any {
	items, start, page, size := onPage(c.params, list)
	meta := map[string]any{
		"key": key, "page": page, "page_size": size,
		"url":               pageURL(base, c.params, page, size),
		"first_page_url":    pageURL(base, c.params, 0, size),
		"previous_page_url": nil, "next_page_url": nil,
	}
	if start+len(items) < len(list) {
		meta["next_page_url"] = pageURL(base, c.params, page+1, size)
	}
	if page > 0 {
		meta["previous_page_url"] = pageURL(base, c.params, page-1, size)
	}
	return map[string]any{key: items, "meta": meta}
}

package conformance

import "net/url"

// strayLinks returns the links of an answer to itself, or to its list's other
// pages, that lead to another path than the one that was asked. No description
// says so, and a client that follows them would leave its list.
func strayLinks(q Request, value any) []Finding {
	body, _ := value.(map[string]any)
	meta, _ := body["meta"].(map[string]any)
	if q.Vendor == "stripe" && body["object"] != "list" {
		return nil // it may have a link to somewhere else
	}
	var out []Finding
	for _, links := range []struct {
		field string
		in    map[string]any
		keys  []string
	}{
		{"", body, []string{"uri", "url", "first_page_uri", "next_page_uri", "previous_page_uri"}},
		{"meta", meta, []string{"url", "first_page_url", "next_page_url", "previous_page_url"}},
	} {
		for _, key := range links.keys {
			link, ok := links.in[key].(string)
			if !ok {
				continue
			}
			if u, err := url.Parse(link); err != nil || u.Path != q.Path {
				out = append(out, Finding{Part: "answer", Field: join(links.field, key), Rule: ruleLink, Says: "leads to " + link, Value: link})
			}
		}
	}
	return out
}

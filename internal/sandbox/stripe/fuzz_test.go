package stripe

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func FuzzFormsAreReadOrRefused(f *testing.F) {
	for _, s := range []string{"a=b", "items[0][price]=p&items[0][quantity]=2", "expand[]=a&expand[]=b", "a[b", "a]b[=1", "[]=", "a=1&a[b]=2", "a[b]=2&a=1", "%zz=1",
		"items[][price]=p&items[][quantity]=2&items[][price]=q", "a[][][]=1", "metadata[k]=&=", strings.Repeat("a[b]", 20) + "=1"} {
		f.Add(s)
	}
	w := &Engine{opt: Options{Key: testKey, Now: func() time.Time { return time.Unix(1768046400, 0) }}}
	e, err := New(w.opt, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, path := range []string{"/v1/customers", "/v1/prices", "/v1/checkout/sessions", "/v1/subscriptions", "/v1/billing/meter_events"} {
			r := httptest.NewRequest("POST", path, strings.NewReader(raw))
			r.Header.Set("Authorization", "Bearer "+testKey)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rec := httptest.NewRecorder()
			e.Handler().ServeHTTP(rec, r)
			if rec.Code >= 500 || rec.Code == 200 && len(e.problems(rec.Body.Bytes())) > 0 {
				t.Errorf("%s with %q: %d %s", path, raw, rec.Code, rec.Body)
			}
		}
	})
}

func FuzzSearchesAreReadOrRefused(f *testing.F) {
	for _, s := range []string{`name:"a"`, `metadata["k"]:"v" AND -email~"x"`, `a:"b" OR c:"d" AND e:"f"`, ``, `" and "`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		match, refused := readSearch(query)
		if (match == nil) == (refused == nil) {
			t.Fatalf("%q is neither read nor refused", query)
		}
		if match != nil {
			match(func(string) string { return "x" })
		}
	})
}

func FuzzBodiesOfTheSecondAPIAreReadOrRefused(f *testing.F) {
	for _, s := range []string{`{"name":"n"}`, `{`, `null`, `[]`, `{"webhook_endpoint":{"url":7},"name":"n","type":"webhook_endpoint","event_payload":"thin","enabled_events":[1]}`, `{"metadata":{"a":1}}`} {
		f.Add(s)
	}
	e, err := New(Options{Key: testKey, Now: func() time.Time { return time.Unix(1768046400, 0) }}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest("POST", "/v2/core/event_destinations", strings.NewReader(raw))
		r.Header.Set("Authorization", "Bearer "+testKey)
		rec := httptest.NewRecorder()
		e.Handler().ServeHTTP(rec, r)
		if rec.Code >= 500 {
			t.Errorf("%q: %d %s", raw, rec.Code, rec.Body)
		}
	})
}

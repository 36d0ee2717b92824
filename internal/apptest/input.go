package apptest

import (
	"strings"
	"testing"
	"time"
)

func badInput(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	long := strings.Repeat("x", 70<<10)
	for _, bad := range []struct {
		name, method, path string
		body               any
		status             int
		code, location     string
	}{
		{"no JSON", "POST", "/auth/signup", "{", 400, "bad_request", ""},
		{"an array", "POST", "/auth/signup", "[]", 422, "invalid_request", "body"},
		{"nothing", "POST", "/auth/signup", "", 400, "bad_request", ""},
		{"an unknown field", "POST", "/auth/signup", `{"email":"a@example.com","password":"wide blue kettle","role":"admin"}`, 422, "invalid_request", "body.role"},
		{"a wrong type", "POST", "/auth/signup", `{"email":7,"password":"wide blue kettle"}`, 422, "invalid_request", "body.email"},
		{"no address", "POST", "/auth/signup", `{"email":"nobody","password":"wide blue kettle"}`, 422, "invalid_request", "body.email"},
		{"a short password", "POST", "/auth/signup", `{"email":"a@example.com","password":"s3cret"}`, 422, "invalid_request", "body.password"},
		{"no such zone", "POST", "/auth/signup", `{"email":"a@example.com","password":"wide blue kettle","time_zone":"Mars/Olympus"}`, 422, "invalid_request", "body.time_zone"},
		{"no such plan", "POST", "/auth/signup", `{"email":"a@example.com","password":"wide blue kettle","plan":"enterprise"}`, 422, "invalid_request", "body.plan"},
		{"too large", "POST", "/auth/signup", `{"email":"` + long + `"}`, 413, "too_large", ""},
		{"no such phone", "POST", "/api/phones", `{"number":"12"}`, 422, "invalid_request", "body.number"},
		{"a page too long", "GET", "/api/tasks?limit=1000", nil, 422, "invalid_request", "query.limit"},
		{"no such status", "GET", "/api/tasks?status=late", nil, 422, "invalid_request", "query.status"},
		{"a wrong cursor", "GET", "/api/messages?cursor=%2Fx", nil, 422, "invalid_request", "query.cursor"},
		{"somebody else's phone", "DELETE", "/api/phones/phn_01h00000000000000000000000", nil, 404, "not_found", ""},
	} {
		t.Run(bad.name, func(t *testing.T) {
			a := c.Do(bad.method, bad.path, bad.body)
			if a.Status != bad.status || a.Code() != bad.code {
				t.Errorf("got %d %s, want %d %s\n%s", a.Status, a.Code(), bad.status, bad.code, a.Body)
			}
			if a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("X-Request-ID") == "" {
				t.Errorf("headers: %v", a.Header)
			}
			if strings.Contains(a.Body, "s3cret") {
				t.Errorf("the password is repeated: %s", a.Body)
			}
			if bad.location != "" && !strings.Contains(a.Body, `"location":"`+bad.location+`"`) {
				t.Errorf("%s is not named: %s", bad.location, a.Body)
			}
		})
	}
}

func notThere(t *testing.T, x Target) {
	c := x.Client(t)
	if a := c.Do("GET", "/api/nothing", nil); a.Status != 404 || a.Code() != "no_such_route" {
		t.Errorf("an unknown route: got %d %s", a.Status, a.Code())
	}
	if a := c.Do("GET", "/auth/login", nil); a.Status != 405 || a.Header.Get("Allow") != "POST" || a.Code() != "method_not_allowed" {
		t.Errorf("a wrong method: got %d, Allow %q, %s", a.Status, a.Header.Get("Allow"), a.Code())
	}
	if a := c.Do("GET", "/nowhere", nil); a.Status != 404 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("an unknown page: got %d %s", a.Status, a.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/", "/login", "/docs", "/healthz", "/openapi.json"} {
		a := c.Do("GET", path, nil)
		if a.Status != 200 {
			t.Errorf("%s: got %d", path, a.Status)
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: got Content-Security-Policy %q", path, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
	}
	if strings.Contains(c.Do("GET", "/docs", nil).Body, "https://unpkg") {
		t.Error("/docs loads something from elsewhere")
	}
	var description struct{ Paths map[string]any }
	c.Want(200, "GET", "/openapi.json", nil, &description)
	for _, path := range []string{"/auth/signup", "/billing/usage", "/api/phones/{id}/verify", "/api/memory/facts"} {
		if description.Paths[path] == nil {
			t.Errorf("/openapi.json lacks %s", path)
		}
	}
}

func sentAgain(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	c.Grant("ai_secretary")
	c.Header = map[string]string{"Idempotency-Key": "k1"}
	add := func(number string) Answer { return c.Do("POST", "/api/phones", map[string]string{"number": number}) }
	first := add(phone)
	if first.Status != 201 || first.Header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("the first time: got %s", first)
	}
	for range 3 {
		if a := add(phone); a.Status != 201 || a.Body != first.Body || a.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("again: got %s, want %s", a, first)
		}
	}
	refused(t, "the key with another request", add("+12025550100"), 422, "idempotency_mismatch", "")
	c.Header["Idempotency-Key"] = "two words"
	refused(t, "a key that is none", add(phone), 422, "invalid_request", "header.Idempotency-Key")
	c.Header["Idempotency-Key"] = "k2"
	refused(t, "a number that is none", add("12"), 422, "invalid_request", "body.number")
	refused(t, "the same again", add("12"), 422, "invalid_request", "body.number")

	c.NextText(phone, 0)
	c.Header = nil
	c.Advance(time.Minute)
	c.Want(201, "POST", "/api/phones", map[string]string{"number": phone}, nil)
	c.NextText(phone, 1)
	if n := len(c.Texts(phone)); n != 2 {
		t.Errorf("%d codes were texted, want one for the key and one without", n)
	}
}

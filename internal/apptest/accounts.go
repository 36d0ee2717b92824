package apptest

import (
	"strings"
	"testing"
	"time"
)

func proof(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	for name, token := range map[string]string{
		"none": "", "nonsense": "abc", "one of another maker": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.",
		"a changed one": c.Token[:len(c.Token)-2] + "xx",
	} {
		stranger := x.Client(t)
		stranger.Token = token
		if a := stranger.Do("GET", "/auth/me", nil); a.Status != 401 || a.Code() != "unauthenticated" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("token: %s: got %d %s", name, a.Status, a.Code())
		}
	}
	second := x.Client(t)
	second.SignIn(email, goodPassword)
	c.Want(204, "POST", "/auth/logout", nil, nil)
	if a := c.Do("GET", "/auth/me", nil); a.Status != 401 {
		t.Errorf("after signing out: got %d", a.Status)
	}
	third := x.Client(t)
	third.SignIn(email, goodPassword)
	second.Want(204, "POST", "/auth/logout", map[string]bool{"all": true}, nil)
	for name, other := range map[string]*Client{"this one": second, "the other": third} {
		if a := other.Do("GET", "/auth/me", nil); a.Status != 401 {
			t.Errorf("%s after signing out everywhere: got %d", name, a.Status)
		}
	}
}

func silence(t *testing.T, x Target) {
	email, _ := somebody(t)
	x.Member(t, email)
	unknown, _ := somebody(t)
	c := x.Client(t)
	same := func(what, path string, body func(email string) any) {
		t.Helper()
		a, b := c.Do("POST", path, body(email)), c.Do("POST", path, body(unknown))
		a.Body = strings.ReplaceAll(a.Body, email, "ADDRESS")
		b.Body = strings.ReplaceAll(b.Body, unknown, "ADDRESS")
		if a.Status != b.Status || a.Body != b.Body {
			t.Errorf("%s: known %d %s, unknown %d %s", what, a.Status, a.Body, b.Status, b.Body)
		}
	}
	same("a wrong password", "/auth/login", func(e string) any { return map[string]string{"email": e, "password": "wrong password"} })
	same("a forgotten one", "/auth/forgot-password", func(e string) any { return map[string]string{"email": e} })
	same("the mail again", "/auth/resend-verification", func(e string) any { return map[string]string{"email": e} })
	same("signing up", "/auth/signup", func(e string) any { return map[string]string{"email": e, "password": goodPassword} })
	c.Eventually("the owner to be told of the sign-up", func() bool {
		for _, m := range c.Mails(email) {
			if strings.Contains(m.Subject, "already") {
				return true
			}
		}
		return false
	})
}

func lostPassword(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
	token := c.MailedToken(email, "new password")
	const fresh = "a quite different one"
	c.Want(200, "POST", "/auth/reset-password", map[string]string{"token": token, "password": fresh}, nil)
	if a := c.Do("GET", "/auth/me", nil); a.Status != 401 {
		t.Errorf("an old session after the reset: got %d", a.Status)
	}
	if a := c.Do("POST", "/auth/login", map[string]string{"email": email, "password": goodPassword}); a.Status != 401 || a.Code() != "invalid_credentials" {
		t.Errorf("the old password: got %d %s", a.Status, a.Code())
	}
	c.SignIn(email, fresh)
	for name, bad := range map[string]string{"a used token": token, "a foreign one": strings.Repeat("A", len(token)), "a short one": "x"} {
		a := c.Do("POST", "/auth/reset-password", map[string]string{"token": bad, "password": fresh})
		if a.Status != 422 || a.Code() != "invalid_token" {
			t.Errorf("%s: got %d %s", name, a.Status, a.Code())
		}
	}
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
	c.Eventually("a second mail about the password", func() bool {
		n := 0
		for _, m := range c.Mails(email) {
			if strings.Contains(m.Subject, "new password") && tokenLink.MatchString(m.Text) {
				n++
			}
		}
		return n >= 2
	})
	late := c.MailedToken(email, "new password")
	c.Advance(61 * time.Minute)
	if a := c.Do("POST", "/auth/reset-password", map[string]string{"token": late, "password": fresh}); a.Code() != "invalid_token" {
		t.Errorf("a token of an hour ago: got %d %s", a.Status, a.Code())
	}
}

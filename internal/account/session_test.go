package account_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"xswarm.ai/server/internal/account"
)

// forge signs claims as somebody else would.
func forge(t *testing.T, m jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(m, c).SignedString(key)
	must(t, err)
	return token
}

func TestForgedAndStaleTokensAreNobody(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	other := w.member("other@example.com")
	s := w.session(ada)
	secret := w.options.Secrets[0]
	claims := func(change ...any) jwt.MapClaims {
		c := jwt.MapClaims{"sub": u.ID, "jti": s.ID, "ver": 1, "iat": w.clock.Now().Unix(), "exp": s.ExpiresAt.Unix()}
		for i := 0; i < len(change); i += 2 {
			if k := change[i].(string); change[i+1] == nil {
				delete(c, k)
			} else {
				c[k] = change[i+1]
			}
		}
		return c
	}
	if _, err := w.Authenticate(w.ctx, forge(t, jwt.SigningMethodHS256, secret, claims())); err != nil {
		t.Fatalf("the honest copy: %v", err)
	}
	parts := strings.Split(s.Token, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, token := range map[string]string{
		"empty":                  "",
		"nonsense":               "a.b.c",
		"no signature":           parts[0] + "." + parts[1] + ".",
		"algorithm none":         none + "." + parts[1] + ".",
		"none by the library":    forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims()),
		"another algorithm":      forge(t, jwt.SigningMethodHS512, secret, claims()),
		"another secret":         forge(t, jwt.SigningMethodHS256, []byte("a guess"), claims()),
		"an empty secret":        forge(t, jwt.SigningMethodHS256, []byte{}, claims()),
		"no expiry":              forge(t, jwt.SigningMethodHS256, secret, claims("exp", nil)),
		"expired":                forge(t, jwt.SigningMethodHS256, secret, claims("exp", w.clock.Now().Unix())),
		"no session":             forge(t, jwt.SigningMethodHS256, secret, claims("jti", nil)),
		"unknown session":        forge(t, jwt.SigningMethodHS256, secret, claims("jti", "ses_unknown")),
		"somebody else":          forge(t, jwt.SigningMethodHS256, secret, claims("sub", other.ID)),
		"another version":        forge(t, jwt.SigningMethodHS256, secret, claims("ver", 2)),
		"no version":             forge(t, jwt.SigningMethodHS256, secret, claims("ver", nil)),
		"a version that is text": forge(t, jwt.SigningMethodHS256, secret, claims("ver", "1")),
		"very long":              forge(t, jwt.SigningMethodHS256, secret, claims("x", strings.Repeat("x", 4000))),
		"changed":                parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
	} {
		if _, err := w.Authenticate(w.ctx, token); err != account.ErrUnauthenticated {
			t.Errorf("%s: got %v, want %v", name, err, account.ErrUnauthenticated)
		}
	}
}

func TestASessionEndsAfterSevenDays(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	w.clock.Advance(7*24*time.Hour - time.Second)
	_, err := w.Authenticate(w.ctx, s.Token)
	must(t, err)
	w.clock.Advance(time.Second)
	_, err = w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated)
}

func TestSigningOutEndsThatSessionOnly(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	one, two := w.session(ada), w.session(ada)
	must(t, w.Logout(w.ctx, one, false))
	must(t, w.Logout(w.ctx, one, false))
	_, err := w.Authenticate(w.ctx, one.Token)
	wantError(t, err, account.ErrUnauthenticated)
	_, err = w.Authenticate(w.ctx, two.Token)
	must(t, err)
	if n := strings.Count(w.actions(u.ID), "signed_out"); n != 1 {
		t.Errorf("got %d events, want one for two times the same", n)
	}
}

func TestSigningOutEverywhereEndsEverySessionOfThatUserOnly(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("other@example.com")
	one, two, other := w.session(ada), w.session(ada), w.session("other@example.com")
	must(t, w.Logout(w.ctx, two, true))
	for i, s := range []account.Session{one, two} {
		if _, err := w.Authenticate(w.ctx, s.Token); err != account.ErrUnauthenticated {
			t.Errorf("session %d: got %v, want %v", i, err, account.ErrUnauthenticated)
		}
	}
	_, err := w.Authenticate(w.ctx, other.Token)
	must(t, err)
	_, err = w.Authenticate(w.ctx, w.session(ada).Token)
	must(t, err)
}

func TestADisabledUserIsNobody(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	s := w.session(ada)
	w.exec("UPDATE users SET disabled_at = 1 WHERE id = ?", u.ID)
	_, err := w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated)
}

func TestSessionsOutliveTheRotationOfTheSecret(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	old, fresh := w.options.Secrets[0], []byte("another secret of at least 32 bytes..")
	w.restart(func(o *account.Options) { o.Secrets = [][]byte{fresh, old} })
	_, err := w.Authenticate(w.ctx, s.Token)
	must(t, err)
	signed := w.session(ada)
	w.restart(func(o *account.Options) { o.Secrets = [][]byte{fresh} })
	_, err = w.Authenticate(w.ctx, signed.Token)
	must(t, err)
	_, err = w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated)
}

func FuzzAuthenticateNeverPanicsAndTakesOnlyItsOwn(f *testing.F) {
	s := account.New(account.Options{Secrets: [][]byte{[]byte("secret")}, Now: func() time.Time { return time.Unix(1, 0) }})
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.eyJqdGkiOiJ4In0.")
	f.Add(strings.Repeat(".", 3000))
	f.Fuzz(func(t *testing.T, token string) {
		// There is no store: a token that passed the signature would panic.
		if _, err := s.Authenticate(t.Context(), token); err != account.ErrUnauthenticated {
			t.Fatalf("got %v for %q", err, token)
		}
	})
}

func FuzzMailedTokensThatAreMalformedCostNoQuery(f *testing.F) {
	s := account.New(account.Options{Secrets: [][]byte{[]byte("secret")}, Now: func() time.Time { return time.Unix(1, 0) }})
	f.Add("")
	f.Add(strings.Repeat("A", 42))
	f.Add(strings.Repeat("é", 22))
	f.Add(strings.Repeat("0", 30) + "\r\r\n" + strings.Repeat("0", 10))
	f.Fuzz(func(t *testing.T, token string) {
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(token); err == nil && len(raw) == 32 && len(token) == 43 {
			t.Skipf("%q is well-formed", token)
		}
		if _, err := s.VerifyEmail(t.Context(), token); err != account.ErrInvalidToken {
			t.Fatalf("got %v for %q", err, token)
		}
	})
}

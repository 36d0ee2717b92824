//go:build linux

package worker_test

import (
	"net/url"
	"strconv"
	"testing"

	"xswarm.ai/server/internal/account"
)

func TestBothBuildsVerifyEachOthersPasswords(t *testing.T) {
	w := startWorker(t, quiet(nowhere))
	probe := func(form url.Values) string {
		t.Helper()
		return do(t, "POST", w.url+"/probe/hash", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").body
	}
	// The second one is above what the platform computes: Go's own does it there.
	for _, rounds := range []int{100_000, 100_001} {
		h := account.NewHasher(account.HasherOptions{Rounds: rounds})
		for _, password := range []string{"correct horse battery", "пароль с пробелами", "a\x00zero byte", ""} {
			theirs := probe(url.Values{"rounds": {strconv.Itoa(rounds)}, "password": {password}})
			if right, stale, err := h.Verify(t.Context(), theirs, password); !right || stale || err != nil {
				t.Errorf("%d rounds, %q: the server says of the Worker's hash %q: %v, %v, %v", rounds, password, theirs, right, stale, err)
			}
			if right, _, _ := h.Verify(t.Context(), theirs, password+"x"); right {
				t.Errorf("%d rounds, %q: a wrong password is right", rounds, password)
			}
			ours, err := h.Hash(t.Context(), password)
			if err != nil {
				t.Fatal(err)
			}
			for given, want := range map[string]string{password: "true <nil>", password + "x": "false <nil>"} {
				if got := probe(url.Values{"rounds": {strconv.Itoa(rounds)}, "password": {given}, "hash": {ours}}); got != want {
					t.Errorf("%d rounds, %q: the Worker says of the server's hash: %s, want %s", rounds, given, got, want)
				}
			}
		}
	}
}

// Vectors that neither build made: Python's hashlib.pbkdf2_hmac, which is OpenSSL.
func TestBothBuildsComputeTheSameVectors(t *testing.T) {
	w := startWorker(t, quiet(nowhere))
	h := account.NewHasher(account.HasherOptions{})
	for _, v := range []struct{ password, hash string }{
		{"passwd", "pbkdf2-sha256$1$c2FsdHNhbHQ$lDmP6RuFMH8YWoefiEoq4eTqKXQV5Oep0voixqMnpBw"},
		{"Password", "pbkdf2-sha256$80000$TmFDbE5hQ2w$Q9X5TYm7APo3Dt8GKWvPSYeqRflNEgQlbgcO4aAyBjo"},
		{"correct horse battery", "pbkdf2-sha256$100000$MDEyMzQ1Njc4OWFiY2RlZg$hLne8TouGCTQgICXM2UlnguGPFJk6wzUwaafCbSR+18"},
		{"correct horse battery", "pbkdf2-sha256$100001$MDEyMzQ1Njc4OWFiY2RlZg$IlbyBggH6hbu8xhtveczTVnJuEXvm8/5zhtQv7EURZI"},
	} {
		if right, _, err := h.Verify(t.Context(), v.hash, v.password); !right || err != nil {
			t.Errorf("the server, %s: %v, %v", v.hash, right, err)
		}
		form := url.Values{"rounds": {"100000"}, "password": {v.password}, "hash": {v.hash}}
		if got := do(t, "POST", w.url+"/probe/hash", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").body; got != "true <nil>" {
			t.Errorf("the Worker, %s: %s", v.hash, got)
		}
	}
}

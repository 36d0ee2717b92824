package account_test

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/account"
)

func TestEveryOtherSessionEndsAndNobodyElsesDoes(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	w.member("other@example.com")
	this, second, third, stranger := w.session(ada), w.session(ada), w.session(ada), w.session("other@example.com")
	must(t, w.EndOtherSessions(w.ctx, this))
	must(t, w.EndOtherSessions(w.ctx, this)) // again is no error
	for _, s := range []account.Session{this, stranger} {
		_, err := w.Authenticate(w.ctx, s.Token)
		must(t, err)
	}
	for _, s := range []account.Session{second, third} {
		_, err := w.Authenticate(w.ctx, s.Token)
		wantError(t, err, account.ErrUnauthenticated)
	}
	if got := w.actions(u.ID); !strings.Contains(got, "signed_out_elsewhere") {
		t.Errorf("the audit says %s", got)
	}
}

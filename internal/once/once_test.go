package once_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// world is the service on real SQL, for somebody who is there.
type world struct {
	*once.Service
	t     *testing.T
	clock *storetest.Clock
	store *store.Store
	done  int // how often the thing was done
}

var secrets = [][]byte{[]byte("the current secret"), []byte("the one before")}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock()}
	w.store = store.New(storetest.EmbeddedEngine(t), w.clock.Now)
	for _, id := range []string{"usr_1", "usr_2"} {
		u := account.User{ID: id, Email: id + "@example.com", Username: id, CreatedAt: w.clock.Now()}
		if err := w.store.CreateUser(t.Context(), u, account.Token{}, account.Event{ID: "aud_" + id, UserID: id, Action: "x", At: w.clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	w.restart(secrets...)
	return w
}

func (w *world) restart(secrets ...[]byte) {
	w.Service = once.New(once.Options{Store: w.store, Secrets: secrets, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
}

// send sends a request, which is answered with how often it was done.
func (w *world) send(change ...func(*once.Request)) (once.Answer, bool, error) {
	r := once.Request{UserID: "usr_1", Route: "POST /x", Key: "k", Body: []byte("a password")}
	for _, f := range change {
		f(&r)
	}
	return w.Do(w.t.Context(), r, func() (once.Answer, error) {
		w.done++
		return once.Answer{Status: 200 + w.done, Body: []byte(strings.Repeat("x", w.done))}, nil
	})
}

func (w *world) wantDone(want int) {
	w.t.Helper()
	if w.done != want {
		w.t.Errorf("it was done %d times, want %d", w.done, want)
	}
}

func TestARequestSentAgainIsAnsweredAsTheFirstTime(t *testing.T) {
	w := newWorld(t)
	for again := range 3 {
		a, replayed, err := w.send()
		if err != nil || a.Status != 201 || string(a.Body) != "x" || replayed != (again > 0) {
			t.Errorf("time %d: got %d %q, again %t, %v", again, a.Status, a.Body, replayed, err)
		}
	}
	w.wantDone(1)
	w.clock.Advance(24 * time.Hour)
	if a, again, err := w.send(); err != nil || a.Status != 202 || again {
		t.Errorf("a day later: got %d, again %t, %v", a.Status, again, err)
	}
}

func TestAKeyIsOneUsersOnOneRoute(t *testing.T) {
	w := newWorld(t)
	for _, change := range []func(*once.Request){
		func(*once.Request) {},
		func(r *once.Request) { r.UserID = "usr_2" },
		func(r *once.Request) { r.Route = "POST /y" },
		func(r *once.Request) { r.Key = "l" },
	} {
		if _, again, err := w.send(change); err != nil || again {
			t.Errorf("got again %t, %v", again, err)
		}
	}
	w.wantDone(4)
}

func TestTheKeyOfAnotherRequestIsRefused(t *testing.T) {
	w := newWorld(t)
	w.send()
	if _, _, err := w.send(func(r *once.Request) { r.Body = []byte("another") }); !errors.Is(err, once.ErrMismatch) {
		t.Errorf("got %v, want %v", err, once.ErrMismatch)
	}
	w.wantDone(1)
}

func TestWhatFailsIsNotKept(t *testing.T) {
	w := newWorld(t)
	full := errors.New("full")
	r := once.Request{UserID: "usr_1", Route: "POST /x", Key: "k", Body: []byte("a password")}
	if _, _, err := w.Do(t.Context(), r, func() (once.Answer, error) { return once.Answer{}, full }); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if _, again, err := w.send(); err != nil || again {
		t.Errorf("another try: got again %t, %v", again, err)
	}
	w.wantDone(1)
}

func TestWhileARequestIsWorkedOnItsTwinHasToWait(t *testing.T) {
	w := newWorld(t)
	r := once.Request{UserID: "usr_1", Route: "POST /x", Key: "k", Body: []byte("a password")}
	_, _, err := w.Do(t.Context(), r, func() (once.Answer, error) {
		_, _, err := w.send()
		if f := fault.From(err); !errors.Is(err, once.ErrInProgress) || f.Kind != fault.Conflict || f.RetryAfter == 0 {
			t.Errorf("the twin: got %v", err)
		}
		w.clock.Advance(time.Minute) // nobody works on it any more, as it seems
		_, _, err = w.send()
		return once.Answer{Status: 500}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.wantDone(1)
	if a, again, err := w.send(); err != nil || !again || a.Status != 201 {
		t.Errorf("afterwards: got %d, again %t, %v, want the twin's answer", a.Status, again, err)
	}
}

func TestAnAnswerIsKeptThoughItsReaderHasGone(t *testing.T) {
	w := newWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	r := once.Request{UserID: "usr_1", Route: "POST /x", Key: "k", Body: []byte("a password")}
	w.Do(ctx, r, func() (once.Answer, error) {
		leave()
		return once.Answer{Status: 201}, nil
	})
	if a, again, err := w.send(); err != nil || !again || a.Status != 201 {
		t.Errorf("got %d, again %t, %v", a.Status, again, err)
	}
}

func TestAKeyOutlivesTheRotationOfTheSecret(t *testing.T) {
	w := newWorld(t)
	w.restart(secrets[1])
	w.send()
	w.restart(secrets...)
	if _, again, err := w.send(); err != nil || !again {
		t.Errorf("got again %t, %v", again, err)
	}
}

func TestKeysThatAreNoneAreNamed(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{"two words", "new\nline", "ключ", strings.Repeat("k", 201)} {
		_, _, err := w.send(func(r *once.Request) { r.Key = key })
		if f := fault.From(err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Location != "header.Idempotency-Key" {
			t.Errorf("%q: got %v", key, err)
		}
	}
	w.wantDone(0)
}

// A password in a request must not be found out from the hash of the request.
func TestTheStoredHashCannotBeMadeWithoutTheSecret(t *testing.T) {
	w := newWorld(t)
	w.send()
	w.restart([]byte("another secret"))
	if _, _, err := w.send(); !errors.Is(err, once.ErrMismatch) {
		t.Errorf("got %v, want %v", err, once.ErrMismatch)
	}
}

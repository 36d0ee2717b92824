package account_test

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/store/storetest"
)

const (
	ada      = "ada@example.com"
	password = "correct horse battery"
	client   = "203.0.113.7"
	rounds   = 10
)

// world is a whole account service: real SQL, a mailbox that records, and a clock
// that stands still.
type world struct {
	*account.Service
	t       *testing.T
	ctx     context.Context
	engine  store.Engine
	store   *store.Store
	clock   *storetest.Clock
	mailbox *mailbox
	work    *work
	runner  *jobs.Runner
	options account.Options
}

func newWorld(t *testing.T, change ...func(*account.Options)) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), clock: storetest.NewClock(), mailbox: &mailbox{}, work: &work{}}
	w.engine = &counting{storetest.EmbeddedEngine(t), w.work}
	w.store = store.New(w.engine, w.clock.Now)
	w.options = account.Options{
		Store: w.store, Letters: w.mailbox, Hasher: w.hasher(rounds),
		Secrets: [][]byte{[]byte("a secret of at least 32 bytes, current")}, Now: w.clock.Now,
	}
	w.restart(change...)
	return w
}

// restart makes the service anew with other options, on the same data.
func (w *world) restart(change ...func(*account.Options)) {
	for _, f := range change {
		f(&w.options)
	}
	w.Service = account.New(w.options)
	w.runner = &jobs.Runner{Store: w.store, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now, Parallel: 1}
	w.Register(w.runner)
}

func (w *world) hasher(rounds int) *account.Hasher {
	return account.NewHasher(account.HasherOptions{Rounds: rounds, Queue: 1000, Derive: w.work.derive})
}

// runJobs runs what is due, and returns how many jobs that were.
func (w *world) runJobs() int {
	w.t.Helper()
	total := 0
	for {
		n, err := w.runner.Tick(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return total
		}
		total += n
	}
}

// signUp signs somebody up, and returns the token that was mailed to them.
func (w *world) signUp(email, password string) string {
	w.t.Helper()
	must(w.t, w.SignUp(w.ctx, account.SignUp{Email: email, Password: password, Client: client}))
	w.runJobs()
	return w.mailbox.last(w.t, "verify", email).token
}

// member makes somebody with a confirmed address.
func (w *world) member(email string) account.User {
	w.t.Helper()
	u, err := w.VerifyEmail(w.ctx, w.signUp(email, password))
	must(w.t, err)
	return u
}

func (w *world) login(email, password string) (account.Session, error) {
	return w.Login(w.ctx, account.Credentials{Email: email, Password: password, Client: client})
}

// session signs a member in.
func (w *world) session(email string) account.Session {
	w.t.Helper()
	s, err := w.login(email, password)
	must(w.t, err)
	return s
}

// resetToken asks for a reset, and returns the token that was mailed.
func (w *world) resetToken(email string) string {
	w.t.Helper()
	must(w.t, w.ForgotPassword(w.ctx, email, client))
	w.runJobs()
	return w.mailbox.last(w.t, "reset", email).token
}

// actions lists what the audit has about a user, in the order in which it was
// stored.
func (w *world) actions(userID string) string {
	w.t.Helper()
	rows, err := w.engine.Reader().QueryContext(w.ctx, "SELECT action FROM audit_events WHERE user_id = ? ORDER BY rowid", userID)
	must(w.t, err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var action string
		must(w.t, rows.Scan(&action))
		list = append(list, strings.TrimPrefix(action, "account."))
	}
	must(w.t, rows.Err())
	return strings.Join(list, " ")
}

func (w *world) pendingJobs() []jobs.Job {
	w.t.Helper()
	all, err := w.store.ListJobs(w.ctx, jobs.Query{Limit: 100})
	must(w.t, err)
	var queued []jobs.Job
	for _, j := range all {
		if j.State == jobs.Queued {
			queued = append(queued, j)
		}
	}
	return queued
}

// exec changes what no method of the product changes.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	must(w.t, w.engine.One(w.ctx, func(tx db.DBTX) error {
		_, err := tx.ExecContext(w.ctx, query, args...)
		return err
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// wantFields checks which fields of the input are said to be at fault.
func wantFields(t *testing.T, err error, want string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		t.Errorf("got error %v, want a fault about %q", err, want)
		return
	}
	var got []string
	for _, x := range f.Fields {
		got = append(got, strings.TrimPrefix(x.Location, "body."))
	}
	if g := strings.Join(got, " "); g != want {
		t.Errorf("got fields %q, want %q", g, want)
	}
}

// letter is one as it was asked for. about is what else it says.
type letter struct{ kind, id, to, name, token, about, cancel string }

// mailbox records letters, and fails with err when it is set.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	err     error
}

func (m *mailbox) post(l letter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.letters = append(m.letters, l)
	return nil
}

func (m *mailbox) Verify(_ context.Context, id, to, name, token string) error {
	return m.post(letter{kind: "verify", id: id, to: to, name: name, token: token})
}

func (m *mailbox) AlreadyRegistered(_ context.Context, id, to, name string) error {
	return m.post(letter{kind: "already_registered", id: id, to: to, name: name})
}

func (m *mailbox) Reset(_ context.Context, id, to, name, token string) error {
	return m.post(letter{kind: "reset", id: id, to: to, name: name, token: token})
}

func (m *mailbox) PasswordChanged(_ context.Context, id, to, name string) error {
	return m.post(letter{kind: "password_changed", id: id, to: to, name: name})
}

func (m *mailbox) NewDevice(_ context.Context, id, to, name, device, when string) error {
	return m.post(letter{kind: "new_device", id: id, to: to, name: name, about: device + ", " + when})
}

func (m *mailbox) EmailChangeOld(_ context.Context, id, to, name, newEmail, token, cancel string) error {
	return m.post(letter{kind: "email_change_old", id: id, to: to, name: name, token: token, about: newEmail, cancel: cancel})
}

func (m *mailbox) EmailChangeNew(_ context.Context, id, to, name, token string) error {
	return m.post(letter{kind: "email_change_new", id: id, to: to, name: name, token: token})
}

func (m *mailbox) EmailChanged(_ context.Context, id, to, name, newEmail string) error {
	return m.post(letter{kind: "email_changed", id: id, to: to, name: name, about: newEmail})
}

// kinds lists what an address was sent, oldest first.
func (m *mailbox) kinds(to string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, l := range m.letters {
		if l.to == to {
			list = append(list, l.kind)
		}
	}
	return strings.Join(list, " ")
}

// last returns the newest letter of a kind to an address.
func (m *mailbox) last(t *testing.T, kind, to string) letter {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.letters) - 1; i >= 0; i-- {
		if l := m.letters[i]; l.kind == kind && l.to == to {
			return l
		}
	}
	t.Fatalf("no %s letter to %s among %+v", kind, to, m.letters)
	return letter{}
}

// work counts what costs time: rounds of hashing, and statements.
type work struct {
	mu         sync.Mutex
	hashes     int
	rounds     int
	statements []string
}

func (w *work) derive(password, salt []byte, rounds, keyLen int) ([]byte, error) {
	w.mu.Lock()
	w.hashes++
	w.rounds += rounds
	w.mu.Unlock()
	return pbkdf2.Key(sha256.New, string(password), salt, rounds, keyLen)
}

func (w *work) note(how, query string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statements = append(w.statements, how+" "+query)
}

// reset forgets what was counted.
func (w *work) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hashes, w.rounds, w.statements = 0, 0, nil
}

// counting is an engine whose statements are noted.
type counting struct {
	store.Engine
	work *work
}

func (c *counting) Reader() db.DBTX { return noted{c.Engine.Reader(), "read", c.work} }

func (c *counting) One(ctx context.Context, f func(db.DBTX) error) error {
	return c.Engine.One(ctx, func(tx db.DBTX) error { return f(noted{tx, "one", c.work}) })
}

func (c *counting) Batch(ctx context.Context, f func(db.DBTX) error) error {
	c.work.note("begin", "")
	return c.Engine.Batch(ctx, func(tx db.DBTX) error { return f(noted{tx, "step", c.work}) })
}

type noted struct {
	tx   db.DBTX
	how  string
	work *work
}

func (n noted) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	n.work.note(n.how, q)
	return n.tx.ExecContext(ctx, q, args...)
}

func (n noted) PrepareContext(ctx context.Context, q string) (*sql.Stmt, error) {
	n.work.note(n.how, q)
	return n.tx.PrepareContext(ctx, q)
}

func (n noted) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	n.work.note(n.how, q)
	return n.tx.QueryContext(ctx, q, args...)
}

func (n noted) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	n.work.note(n.how, q)
	return n.tx.QueryRowContext(ctx, q, args...)
}

var (
	_ account.Letters = (*mailbox)(nil)
	_ store.Engine    = (*counting)(nil)
)

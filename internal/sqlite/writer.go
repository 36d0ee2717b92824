package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"xswarm.ai/server/internal/store/db"
)

// groupSize bounds how many writes share a commit, and so how long the first of
// them waits.
const groupSize = 256

// writer owns the connection that writes. Its goroutine opens a transaction when
// somebody wants to write, gives one waiter after the other its turn, commits
// when nobody waits, and then tells them all.
//
// A write runs on its caller's goroutine, so a panic there is the caller's own.
type writer struct {
	conn *sql.Conn
	tx   *statements // on conn

	queue   chan *member
	closing chan struct{}
	stopped chan struct{}
	once    sync.Once

	writes, commits atomic.Int64
}

// member is one write in a group.
type member struct {
	ctx  context.Context
	turn chan struct{} // the writer: the connection is yours
	ran  chan error    // the caller: it is not mine any more
	done chan error    // the writer: this became of it
}

var errPanicked = errors.New("sqlite: the write panicked")

func newWriter(conn *sql.Conn) *writer {
	w := &writer{
		conn: conn, tx: newStatements(conn), queue: make(chan *member),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

// close lets the group under way finish, and gives the connection back.
func (w *writer) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	w.tx.close()
	return w.conn.Close()
}

// write runs f in the next group. Once f had its turn ctx does not count any
// more: the outcome is waited for. Until then nothing was done when ctx ends.
func (w *writer) write(ctx context.Context, f func(db.DBTX) error) error {
	m := &member{
		ctx: ctx, turn: make(chan struct{}), ran: make(chan error, 1), done: make(chan error, 1),
	}
	select {
	case <-w.closing:
		return errClosed
	case <-ctx.Done():
		return ErrUnavailable.With(ctx.Err())
	case w.queue <- m:
	}
	select {
	case <-ctx.Done():
		return ErrUnavailable.With(ctx.Err())
	case err := <-m.done:
		return err // no transaction could be begun
	case <-m.turn:
	}
	m.run(f, uninterrupted{w.tx})
	return <-m.done
}

// run calls f and hands the connection back however f ends.
func (m *member) run(f func(db.DBTX) error, tx db.DBTX) {
	err := errPanicked
	defer func() { m.ran <- err }()
	err = f(tx)
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case <-w.closing:
			return
		case m := <-w.queue:
			w.group(m)
		}
	}
}

// group runs one transaction, beginning with first and taking in who waits.
func (w *writer) group(first *member) {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		if errors.Is(err, sqlite3.BUSY) {
			err = ErrUnavailable.With(err)
		}
		// Who came meanwhile has waited for long enough, too: one after the other they
		// would wait for minutes.
		for m, n := first, 1; m != nil; m, n = w.waiting(n), n+1 {
			m.done <- fmt.Errorf("sqlite: begin: %w", err)
		}
		return
	}
	var ran []*member
	var failed []failure
	for m, n := first, 1; m != nil; m, n = w.waiting(n), n+1 {
		ok, err := w.admit(m)
		switch {
		case err != nil && w.lost():
			// A full disk or a failing one undoes the whole transaction.
			m.done <- err
			err = ErrUnavailable.With(errors.Join(errUndone, err))
			tell(ran, err)
			tellFailed(failed, err)
			return
		case err != nil:
			failed = append(failed, failure{m, err})
		case ok:
			ran = append(ran, m)
		}
	}
	err := w.commit(len(ran))
	tell(ran, err)
	tellFailed(failed, err)
}

// failure is a write that did not do what it wanted to. It is told with the others:
// it may have failed because of what one of them wrote, which its caller will look
// for.
type failure struct {
	m   *member
	err error
}

// tellFailed tells those that failed why; or, when what they saw was not committed
// (commit is not nil), that.
func tellFailed(list []failure, commit error) {
	for _, f := range list {
		if commit != nil {
			f.err = commit
		}
		f.m.done <- f.err
	}
}

// waiting returns who else wants to write, or nil.
func (w *writer) waiting(n int) *member {
	if n >= groupSize {
		return nil
	}
	select {
	case m := <-w.queue:
		return m
	default:
		return nil
	}
}

// admit gives m its turn in a savepoint of its own. ok is false when m's context
// ended while it waited.
func (w *writer) admit(m *member) (ok bool, err error) {
	if err := w.exec("SAVEPOINT w"); err != nil {
		return false, err
	}
	select {
	case <-m.ctx.Done():
		return false, w.exec("RELEASE w")
	case m.turn <- struct{}{}:
	}
	if err = <-m.ran; err == nil {
		if err = w.exec("RELEASE w"); err == nil {
			return true, nil
		}
	}
	if !w.lost() {
		if uerr := w.exec("ROLLBACK TO w; RELEASE w"); uerr != nil {
			// Without its savepoint undone the group may not be committed.
			return false, errors.Join(err, uerr, w.exec("ROLLBACK"))
		}
	}
	return false, err
}

func (w *writer) commit(n int) error {
	if n == 0 {
		return w.exec("ROLLBACK")
	}
	if err := w.exec("COMMIT"); err != nil {
		if !w.lost() {
			err = errors.Join(err, w.exec("ROLLBACK"))
		}
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	w.commits.Add(1)
	w.writes.Add(int64(n))
	return nil
}

func tell(ms []*member, err error) {
	for _, m := range ms {
		m.done <- err
	}
}

// exec runs a statement that nothing interrupts: an interrupted one would undo
// the whole transaction.
func (w *writer) exec(query string) error {
	_, err := w.conn.ExecContext(context.Background(), query)
	return err
}

// lost reports whether the transaction is over.
func (w *writer) lost() bool {
	over := true
	err := w.conn.Raw(func(c any) error {
		over = c.(driver.Conn).Raw().GetAutocommit()
		return nil
	})
	return err != nil || over
}

// uninterrupted runs a write's statements without its context's end, for the same
// reason as exec.
type uninterrupted struct{ tx db.DBTX }

func (t uninterrupted) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	return t.tx.ExecContext(context.WithoutCancel(ctx), q, args...)
}

func (t uninterrupted) PrepareContext(ctx context.Context, q string) (*sql.Stmt, error) {
	return t.tx.PrepareContext(context.WithoutCancel(ctx), q)
}

func (t uninterrupted) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(context.WithoutCancel(ctx), q, args...)
}

func (t uninterrupted) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(context.WithoutCancel(ctx), q, args...)
}

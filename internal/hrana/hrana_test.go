package hrana_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/hrana"
)

// server is a Turso server that gives the answers it is told to and keeps what
// it was asked. (The store's contract suite runs on a real one.)
type server struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request)

	mu     sync.Mutex
	bodies []string
	tokens []string
}

func newServer(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *server {
	s := &server{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		s.tokens = append(s.tokens, r.Header.Get("Authorization"))
		s.mu.Unlock()
		if r.Method != http.MethodPost || r.URL.Path != "/v2/pipeline" {
			t.Errorf("got %s %s, want POST /v2/pipeline", r.Method, r.URL.Path)
		}
		s.answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies
}

func (s *server) open(t *testing.T, change ...func(*hrana.Options)) *sql.DB {
	t.Helper()
	o := hrana.Options{URL: s.URL, Token: "s3cret-token", Transport: s.Client().Transport}
	for _, f := range change {
		f(&o)
	}
	db, err := hrana.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// steps answers a batch: each is a result or an error, in JSON, "" for a step that
// was not run.
func steps(each ...string) func(http.ResponseWriter, *http.Request) {
	var results, errs []string
	for _, s := range each {
		result, err := "null", "null"
		switch {
		case strings.Contains(s, `"message"`):
			err = s
		case s != "":
			result = s
		}
		results, errs = append(results, result), append(errs, err)
	}
	body := fmt.Sprintf(`{"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[%s],"step_errors":[%s]}}},{"type":"ok","response":{"type":"close"}}]}`,
		strings.Join(results, ","), strings.Join(errs, ","))
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

const done = `{"cols":[],"rows":[],"affected_row_count":1,"last_insert_rowid":"7"}`

func TestAStatementIsOneRequestWithForeignKeysOn(t *testing.T) {
	s := newServer(t, steps(done, `{"cols":[{"name":"id"},{"name":"n"}],"rows":[[{"type":"text","value":"a"},{"type":"integer","value":"9007199254740993"}]]}`))
	var id string
	var n int64
	err := s.open(t).QueryRow("SELECT id, n FROM t WHERE id = ?1 AND b = ?2", "a", []byte{0, 255, 1, 2}).Scan(&id, &n)
	if err != nil || id != "a" || n != 9007199254740993 {
		t.Fatalf("got %q, %d, %v", id, n, err)
	}
	wantAsked(t, s, `{"baton":null,"requests":[{"type":"batch","batch":{"steps":[
		{"stmt":{"sql":"PRAGMA foreign_keys=ON","want_rows":false}},
		{"condition":{"type":"ok","step":0},"stmt":{"sql":"SELECT id, n FROM t WHERE id = ?1 AND b = ?2",
			"args":[{"type":"text","value":"a"},{"type":"blob","base64":"AP8BAg=="}],"want_rows":true}}]}},{"type":"close"}]}`)
	if s.tokens[0] != "Bearer s3cret-token" {
		t.Errorf("got authorization %q", s.tokens[0])
	}
}

func TestATransactionIsOneConditionalBatchSentAtCommit(t *testing.T) {
	s := newServer(t, steps(done, done, done, done, done, ""))
	tx, err := s.open(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range []string{"INSERT INTO t VALUES (?)", "UPDATE t SET a = ?"} {
		if _, err := tx.Exec(q, i); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.asked()) != 0 {
		t.Error("something was sent before the commit")
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wantAsked(t, s, `{"baton":null,"requests":[{"type":"batch","batch":{"steps":[
		{"stmt":{"sql":"PRAGMA foreign_keys=ON","want_rows":false}},
		{"condition":{"type":"ok","step":0},"stmt":{"sql":"BEGIN IMMEDIATE","want_rows":false}},
		{"condition":{"type":"ok","step":1},"stmt":{"sql":"INSERT INTO t VALUES (?)","args":[{"type":"integer","value":"0"}],"want_rows":false}},
		{"condition":{"type":"ok","step":2},"stmt":{"sql":"UPDATE t SET a = ?","args":[{"type":"integer","value":"1"}],"want_rows":false}},
		{"condition":{"type":"ok","step":3},"stmt":{"sql":"COMMIT","want_rows":false}},
		{"condition":{"type":"and","conds":[{"type":"ok","step":1},{"type":"not","cond":{"type":"ok","step":4}}]},
			"stmt":{"sql":"ROLLBACK","want_rows":false}}]}},{"type":"close"}]}`)
}

func TestTheFirstFailingStepIsTheTransactionsError(t *testing.T) {
	s := newServer(t, steps(done, done, `{"message":"UNIQUE constraint failed: t.a","code":"SQLITE_CONSTRAINT"}`, "",
		`{"message":"cannot rollback - no transaction is active","code":"SQLITE_ERROR"}`))
	err := inTransaction(s.open(t), "INSERT INTO t VALUES (1)")
	var said *hrana.Error
	if !errors.As(err, &said) || said.Message != "UNIQUE constraint failed: t.a" || said.Code != "SQLITE_CONSTRAINT" {
		t.Errorf("got %v, want the constraint", err)
	}
	if errors.Is(err, hrana.ErrUnknown) {
		t.Error("what was answered is not unknown")
	}
}

func TestACommitThatIsNotConfirmedIsUnknown(t *testing.T) {
	s := newServer(t, steps(done, done, done, "", ""))
	if err := inTransaction(s.open(t), "INSERT INTO t VALUES (1)"); !errors.Is(err, hrana.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
}

func TestARolledBackOrEmptyTransactionSendsNothing(t *testing.T) {
	s := newServer(t, steps())
	db := s.open(t)
	tx, _ := db.Begin()
	tx.Exec("INSERT INTO t VALUES (1)")
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	tx, _ = db.Begin()
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tx, _ = db.BeginTx(ctx, nil)
	tx.Exec("INSERT INTO t VALUES (1)")
	cancel()
	if err := tx.Commit(); err == nil {
		t.Error("a transaction whose context had ended was committed")
	}
	if n := len(s.asked()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

func TestReadingInsideATransactionIsRefused(t *testing.T) {
	s := newServer(t, steps())
	tx, _ := s.open(t).Begin()
	var n int
	if err := tx.QueryRow("SELECT 1").Scan(&n); !errors.Is(err, hrana.ErrRead) {
		t.Errorf("got %v, want ErrRead", err)
	}
	if _, err := tx.Query("UPDATE t SET a = 1 RETURNING a"); !errors.Is(err, hrana.ErrRead) {
		t.Errorf("RETURNING: got %v, want ErrRead", err)
	}
	if err := tx.Rollback(); err != nil || len(s.asked()) != 0 {
		t.Errorf("got %v, %q; want nothing sent", err, s.asked())
	}
}

func TestTransactionsOfOtherKindsAreRefused(t *testing.T) {
	db := newServer(t, steps()).open(t)
	for _, o := range []*sql.TxOptions{{ReadOnly: true}, {Isolation: sql.LevelSerializable}} {
		if _, err := db.BeginTx(t.Context(), o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestHowManyRowsChangedIsNotInvented(t *testing.T) {
	s := newServer(t, steps(done, done))
	res, err := s.open(t).Exec("UPDATE t SET a = 1")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err == nil || !strings.Contains(err.Error(), "RETURNING") {
		t.Errorf("rows: got %d, %v; want an error that says what to do", n, err)
	}
	if id, err := res.LastInsertId(); err == nil {
		t.Errorf("id: got %d, want an error", id)
	}
}

func TestAServerWithoutStreamsIsLearntOnce(t *testing.T) {
	// What tursodb --sync-server says; it has run nothing then.
	good := steps(done, done)
	s := newServer(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		if asked := s.asked(); strings.Contains(asked[len(asked)-1], `"close"`) {
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "Internal Server Error: Failed to parse pipeline request: unknown variant `close`, expected `execute` or `batch` at line 1 column 95")
			return
		}
		good(w, r)
	}
	db := s.open(t)
	for range 2 {
		if _, err := db.Exec("INSERT INTO t VALUES (1)"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.asked()); n != 3 {
		t.Errorf("%d requests were sent, want 3: a refused one, and two without a stream to close", n)
	}
}

// Whatever goes wrong, what was sent is sent once, and the error says whether it
// may have been done.
func TestAFailureSaysWhetherItMayHaveBeenDone(t *testing.T) {
	status := func(code int, body string, header ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			io.WriteString(w, body)
		}
	}
	for _, tc := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   error  // nil: none of the known ones
		says   string // in the error's text
	}{
		{"the token is not accepted", status(401, `{"error":"Unauthorized: s3cret"}`), hrana.ErrToken, "turso db tokens create"},
		{"the token is for something else", status(403, ""), hrana.ErrToken, ""},
		{"too many requests", status(429, "", "Retry-After", "7"), hrana.ErrUnavailable, "429"},
		{"not now", status(503, ""), hrana.ErrUnavailable, "503"},
		{"a failure inside", status(500, `{"error":"boom"}`), hrana.ErrUnknown, "500: boom"},
		{"a gateway that gave up", status(504, "<html>Bad</html>"), hrana.ErrUnknown, "504"},
		{"a wrong address", status(404, `{"error":"no such database"}`), nil, "404: no such database"},
		{"a redirect", status(307, "", "Location", "https://elsewhere.example/v2/pipeline"), nil, "307"},
		{"the database's own error", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"results":[{"type":"error","error":{"message":"no such table: t","code":"SQLITE_ERROR"}}]}`)
		}, nil, "no such table: t"},
		{"another writer", steps(done, `{"message":"SQLite error: database is locked","code":"SQLITE_BUSY"}`), hrana.ErrUnavailable, "locked"},
		{"no answer", hangUp(""), hrana.ErrUnknown, ""},
		{"half an answer", hangUp("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"results\":["), hrana.ErrUnknown, ""},
		{"an answer that is not JSON", status(200, "<html>"), hrana.ErrUnknown, ""},
		{"an answer to nothing", status(200, `{"results":[]}`), hrana.ErrUnknown, ""},
		{"an answer to something else", status(200, `{"results":[{"type":"ok","response":{"type":"close"}}]}`), hrana.ErrUnknown, ""},
		{"an answer with steps missing", steps(done), hrana.ErrUnknown, ""},
		{"an answer without a result", steps(done, ""), hrana.ErrUnknown, ""},
		{"too large an answer", status(200, strings.Repeat(" ", 2000)), hrana.ErrTooLarge, ""},
		{"too slow an answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, hrana.ErrUnknown, "deadline"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, tc.answer)
			db := s.open(t, func(o *hrana.Options) {
				o.MaxAnswer = 1000
				if strings.HasPrefix(tc.name, "too slow") {
					o.Timeout = 30 * time.Millisecond
				}
			})
			_, err := db.Exec("INSERT INTO t VALUES (1)")
			if err == nil {
				t.Fatal("got no error")
			}
			for _, known := range []error{hrana.ErrToken, hrana.ErrUnavailable, hrana.ErrUnknown, hrana.ErrTooLarge} {
				if errors.Is(err, known) != (known == tc.want) {
					t.Errorf("got %q, want %v", err, tc.want)
				}
			}
			if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "html") {
				t.Errorf("got %q, want %q in it and neither the token nor a page", err, tc.says)
			}
			if n := len(s.asked()); n != 1 {
				t.Errorf("it was sent %d times, want once", n)
			}
		})
	}
}

func TestTooManyRequestsSaysWhenToComeBack(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := s.open(t).Exec("INSERT INTO t VALUES (1)")
	if f := fault.From(err); f.Kind != fault.Unavailable || f.RetryAfter != 7*time.Second {
		t.Errorf("got %+v, want unavailable for 7 s", f)
	}
}

func TestNobodyListeningIsUnavailableAndNotUnknown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	db, err := hrana.Open(hrana.Options{URL: "http://" + l.Addr().String(), Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Ping()
	if f := fault.From(err); !errors.Is(err, hrana.ErrUnavailable) || f.RetryAfter <= 0 {
		t.Errorf("got %v, to be tried again in %s; want ErrUnavailable, and soon", err, f.RetryAfter)
	}
}

func TestAnotherCertificateIsUnavailableAndNotUnknown(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	srv.Config.ErrorLog = nil
	t.Cleanup(srv.Close)
	db, err := hrana.Open(hrana.Options{URL: srv.URL, Transport: &http.Transport{}}) // it does not trust the test's certificate
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(); !errors.Is(err, hrana.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestAContextThatEndsWhileWaitingLeavesTheOutcomeUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := s.open(t).ExecContext(ctx, "INSERT INTO t VALUES (1)")
	if !errors.Is(err, hrana.ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrUnknown because of the context", err)
	}
}

func TestTheAddressIsCheckedAndItsSecretsAreNotRepeated(t *testing.T) {
	for _, tc := range []struct{ url, want string }{
		{"libsql://x.turso.io", ""},
		{"https://x.turso.io/", ""},
		{"http://127.0.0.1:8080", ""},
		{"wss://x.turso.io", "must begin with libsql://"},
		{"x.turso.io", "must begin with libsql://"},
		{"libsql://", "names no host"},
		{"libsql://x.turso.io?authToken=s3cret", "token's own setting"},
		{"https://user:s3cret@x.turso.io", "token's own setting"},
		{"://s3cret", "cannot be read"},
	} {
		_, err := hrana.Open(hrana.Options{URL: tc.url, Transport: &http.Transport{}})
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: got %v, want %q", tc.url, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error repeats the secret: %v", tc.url, err)
		}
	}
	if _, err := hrana.Open(hrana.Options{URL: "libsql://x.turso.io"}); err == nil {
		t.Error("without a transport: got no error")
	}
}

func TestALibsqlAddressIsHTTPS(t *testing.T) {
	var got string
	db, err := hrana.Open(hrana.Options{URL: "libsql://x.turso.io", Transport: transport(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String()
		return nil, errors.New("stop here")
	})})
	if err != nil {
		t.Fatal(err)
	}
	db.Ping()
	if want := "https://x.turso.io/v2/pipeline"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestArgumentsThatWouldBeChangedAreRefusedAndNotSent(t *testing.T) {
	s := newServer(t, steps(done, done))
	db := s.open(t)
	for name, arg := range map[string]any{
		"a time":              time.Now(),
		"a name":              sql.Named("a", 1),
		"text that is no UTF": "\xff",
		"infinity":            math.Inf(1),
	} {
		if _, err := db.Exec("INSERT INTO t VALUES (?)", arg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if n := len(s.asked()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

func TestAPreparedStatementIsSentWhole(t *testing.T) {
	s := newServer(t, steps(done, `{"cols":[{"name":"n"}],"rows":[[{"type":"integer","value":"5"}]]}`))
	stmt, err := s.open(t).Prepare("SELECT ?")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	var n int
	if err := stmt.QueryRow(5).Scan(&n); err != nil || n != 5 {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := stmt.Exec(5); err != nil {
		t.Error(err)
	}
}

func TestARowThatIsNotWholeIsAnError(t *testing.T) {
	for _, row := range []string{`[]`, `[{"type":"integer","value":"1"},{"type":"integer","value":"2"}]`, `[{"type":"moon"}]`, `[{"type":"integer","value":"x"}]`} {
		s := newServer(t, steps(done, `{"cols":[{"name":"n"}],"rows":[`+row+`]}`))
		var n int
		if err := s.open(t).QueryRow("SELECT n").Scan(&n); err == nil {
			t.Errorf("%s was read as %d", row, n)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// hangUp sends bytes and closes the connection.
func hangUp(raw string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		io.WriteString(conn, raw)
		conn.Close()
	}
}

func inTransaction(db *sql.DB, query string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(query); err != nil {
		return err
	}
	return tx.Commit()
}

func wantAsked(t *testing.T, s *server, want string) {
	t.Helper()
	asked := s.asked()
	if len(asked) != 1 {
		t.Fatalf("%d requests were sent, want 1: %q", len(asked), asked)
	}
	var g, w any
	if err := errors.Join(json.Unmarshal([]byte(asked[0]), &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatal(err)
	}
	got, _ := json.MarshalIndent(g, "", " ")
	exp, _ := json.MarshalIndent(w, "", " ")
	if string(got) != string(exp) {
		t.Errorf("asked was\n%s\nwant\n%s", got, exp)
	}
}

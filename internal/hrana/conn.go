package hrana

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"time"
)

var (
	_ driver.Conn           = (*conn)(nil)
	_ driver.ConnBeginTx    = (*conn)(nil)
	_ driver.ExecerContext  = (*conn)(nil)
	_ driver.QueryerContext = (*conn)(nil)
	_ driver.Pinger         = (*conn)(nil)
)

// conn is what database/sql uses for one thing at a time. It never returns
// driver.ErrBadConn, on which database/sql would repeat the statement.
type conn struct {
	server *server
	tx     *tx // the transaction being made, or nil
}

// ExecContext runs a statement, or adds it to the transaction.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := statementOf(query, args)
	if err != nil {
		return nil, err
	}
	if c.tx != nil {
		c.tx.stmts = append(c.tx.stmts, stmt)
		return unknownCount{}, nil
	}
	if _, err := c.server.single(ctx, stmt); err != nil {
		return nil, err
	}
	return unknownCount{}, nil
}

// QueryContext runs a statement and returns its rows, all of which it has read.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.tx != nil {
		return nil, ErrRead
	}
	stmt, err := statementOf(query, args)
	if err != nil {
		return nil, err
	}
	stmt.WantRows = true
	res, err := c.server.single(ctx, stmt)
	if err != nil {
		return nil, err
	}
	return &rows{result: res}, nil
}

// Ping asks the server for nothing.
func (c *conn) Ping(ctx context.Context) error {
	_, err := c.server.single(ctx, statement{SQL: "SELECT 1", WantRows: true})
	return err
}

// BeginTx begins a transaction of writes.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if o.ReadOnly || o.Isolation != 0 {
		return nil, errors.New("hrana: a transaction is for writing, at the default isolation")
	}
	c.tx = &tx{conn: c, ctx: ctx}
	return c.tx, nil
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Prepare implements driver.Conn. Nothing is sent before the statement is run.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return &prepared{conn: c, query: query}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error { return nil }

// tx collects the statements of a transaction.
type tx struct {
	conn  *conn
	ctx   context.Context // BeginTx's: Commit is given none, and sends everything
	stmts []statement
}

// Commit sends the transaction.
func (t *tx) Commit() error {
	t.conn.tx = nil
	if len(t.stmts) == 0 {
		return nil
	}
	return t.conn.server.transaction(t.ctx, t.stmts)
}

// Rollback forgets it.
func (t *tx) Rollback() error {
	t.conn.tx = nil
	return nil
}

func statementOf(query string, args []driver.NamedValue) (statement, error) {
	stmt := statement{SQL: query, Args: make([]value, len(args))}
	for i, a := range args {
		if a.Name != "" {
			return statement{}, errors.New("hrana: arguments are given by position, not by name")
		}
		v, err := encode(a.Value)
		if err != nil {
			return statement{}, err
		}
		stmt.Args[i] = v
	}
	return stmt, nil
}

// prepared is a statement that is sent whole each time.
type prepared struct {
	conn  *conn
	query string
}

func (p *prepared) Close() error  { return nil }
func (p *prepared) NumInput() int { return -1 } // the server counts

func (p *prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.conn.ExecContext(ctx, p.query, args)
}

func (p *prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.conn.QueryContext(ctx, p.query, args)
}

// Exec implements driver.Stmt.
func (p *prepared) Exec(args []driver.Value) (driver.Result, error) {
	return p.ExecContext(context.Background(), positions(args))
}

// Query implements driver.Stmt.
func (p *prepared) Query(args []driver.Value) (driver.Rows, error) {
	return p.QueryContext(context.Background(), positions(args))
}

func positions(args []driver.Value) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return named
}

// rows walks over a result.
type rows struct {
	result *result
	next   int
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.result.Cols))
	for i, c := range r.result.Cols {
		names[i] = c.Name
	}
	return names
}

func (r *rows) Close() error { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.next >= len(r.result.Rows) {
		return io.EOF
	}
	row := r.result.Rows[r.next]
	if len(row) != len(dest) || len(row) != len(r.result.Cols) {
		return errors.New("hrana: a row has another number of columns than the result")
	}
	for i, v := range row {
		var err error
		if dest[i], err = v.decode(); err != nil {
			return err
		}
		dest[i] = stamp(r.result.Cols[i].Decltype, dest[i])
	}
	r.next++
	return nil
}

// stamp reads what SQLite's datetime() wrote into a column declared TIMESTAMP:
// there is one, in the table where goose notes what was migrated.
func stamp(decltype string, v driver.Value) driver.Value {
	s, ok := v.(string)
	if !ok || !strings.EqualFold(decltype, "TIMESTAMP") {
		return v
	}
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		return v
	}
	return t
}

// unknownCount is the result of a write.
type unknownCount struct{}

func (unknownCount) LastInsertId() (int64, error) { return 0, errNoCount }
func (unknownCount) RowsAffected() (int64, error) { return 0, errNoCount }

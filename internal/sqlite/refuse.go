package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"xswarm.ai/server/internal/store/db"
)

// ErrRead says that something was read inside a batch.
var ErrRead = errors.New("sqlite: nothing can be read inside a batch, RETURNING included: on Turso its statements are sent when it is complete")

// writesOnly is a batch's transaction.
type writesOnly struct {
	db.DBTX
	refusing *sql.DB
}

func (w writesOnly) PrepareContext(context.Context, string) (*sql.Stmt, error) { return nil, ErrRead }

func (w writesOnly) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, ErrRead
}

func (w writesOnly) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	return w.refusing.QueryRowContext(ctx, q, args...) // only a sql.DB can make a row that is an error
}

// refusal is a database that answers everything with ErrRead.
type refusal struct{}

func (refusal) Connect(context.Context) (driver.Conn, error) { return nil, ErrRead }
func (refusal) Driver() driver.Driver                        { return refusal{} }
func (refusal) Open(string) (driver.Conn, error)             { return nil, ErrRead }

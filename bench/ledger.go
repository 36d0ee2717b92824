package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
)

// The load of the ledger: writers who record usage in batches, of so many people who
// are all billed for it.
const (
	ledgerWriters = 4
	ledgerBatch   = 500
	ledgerUsers   = 200
)

// ledger measures usage records a second, each with what is to be reported of it,
// beside nothing but prepared inserts of the same rows in the same batches.
func (b *bench) ledger() error {
	var ratios, mine, theirs []float64
	for range b.rounds {
		bare, err := b.inserting(openBare)
		if err != nil {
			return err
		}
		own, err := b.inserting(openLedger)
		if err != nil {
			return err
		}
		ratios, mine, theirs = append(ratios, own/bare), append(mine, own), append(theirs, bare)
	}
	row("usage ledger, 4 writers by 500", fmt.Sprintf("%.0f records/s  (%.2f x)", median(mine), median(ratios)),
		fmt.Sprintf("target: at least 10000/s; bare prepared inserts of the same rows: %.0f/s", median(theirs)))
	return nil
}

// recorder stores a batch of records, durably.
type recorder func(ctx context.Context, records []billing.Record) error

// inserting measures how many records a second go into what open makes.
func (b *bench) inserting(open func(dir string) (recorder, func() error, error)) (float64, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	record, shut, err := open(dir)
	if err != nil {
		return 0, err
	}
	defer shut()
	var batches atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, ledgerWriters)
	begun := time.Now()
	for range ledgerWriters {
		wg.Go(func() {
			for time.Since(begun) < b.span {
				if err := record(context.Background(), used(batches.Add(1))); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(batches.Load()*ledgerBatch) / took.Seconds(), nil
	}
}

// used is the n-th batch of texts.
func used(n int64) []billing.Record {
	list := make([]billing.Record, ledgerBatch)
	now := time.Now()
	for i := range list {
		k := n*ledgerBatch + int64(i)
		list[i] = billing.Record{
			ID: fmt.Sprintf("usg_%026d", k), UserID: user(k % ledgerUsers), Feature: plan.SMSMessages, Quantity: 1, Measured: 1,
			RecordedAt: now, SourceKey: fmt.Sprintf("sms:SM%032x", k),
		}
	}
	return list
}

func user(n int64) string { return fmt.Sprintf("usr_%026d", n) }

// openLedger is the product's own.
func openLedger(dir string) (recorder, func() error, error) {
	ctx := context.Background()
	e, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "ledger.db")})
	if err != nil {
		return nil, nil, err
	}
	s := store.New(e, time.Now)
	if err := s.Migrate(ctx); err != nil {
		e.Close()
		return nil, nil, err
	}
	err = e.Batch(ctx, func(tx db.DBTX) error {
		for n := range int64(ledgerUsers) {
			_, err := tx.ExecContext(ctx, `INSERT INTO users (id, email, password_hash, metered_subscription, created_at, updated_at) VALUES (?, ?, '', ?, 1, 1)`,
				user(n), address(n)+fmt.Sprint(n), fmt.Sprintf("sub_%d", n))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return func(ctx context.Context, records []billing.Record) error { return s.RecordUsage(ctx, records...) }, e.Close, err
}

// openBare is one table, one connection and one prepared statement.
func openBare(dir string) (recorder, func() error, error) {
	d, err := bareDatabase(dir)
	if err != nil {
		return nil, nil, err
	}
	if _, err := d.Exec(`CREATE TABLE t (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, feature TEXT NOT NULL, quantity INTEGER NOT NULL,
		recorded_at INTEGER NOT NULL, measured INTEGER NOT NULL, source_key TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT`); err != nil {
		return nil, nil, err
	}
	insert, err := d.Prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, records []billing.Record) error { return insertAll(ctx, d, insert, records) }, d.Close, nil
}

func insertAll(ctx context.Context, d *sql.DB, insert *sql.Stmt, records []billing.Record) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	one := tx.StmtContext(ctx, insert)
	for _, r := range records {
		at := r.RecordedAt.UnixMilli()
		if _, err := one.ExecContext(ctx, r.ID, r.UserID, string(r.Feature), r.Quantity, at, r.Measured, r.SourceKey, at); err != nil {
			return err
		}
	}
	return tx.Commit()
}

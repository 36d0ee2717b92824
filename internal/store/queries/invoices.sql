-- name: SaveInvoice :exec
INSERT INTO invoices (id, user_id, customer_id, subscription_id, number, status, currency, total, amount_due, amount_paid, refunded,
    period_start, period_end, issued_at, attempted, url, lines, read_at, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(customer_id), sqlc.narg(subscription_id), sqlc.arg(number), sqlc.arg(status),
    sqlc.arg(currency), sqlc.arg(total), sqlc.arg(amount_due), sqlc.arg(amount_paid), sqlc.arg(refunded), sqlc.arg(period_start),
    sqlc.arg(period_end), sqlc.arg(issued_at), sqlc.arg(attempted), sqlc.arg(url), sqlc.arg(lines), sqlc.arg(read_at), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (id) DO UPDATE SET
    customer_id = excluded.customer_id, subscription_id = excluded.subscription_id, number = excluded.number, status = excluded.status,
    currency = excluded.currency, total = excluded.total, amount_due = excluded.amount_due, amount_paid = excluded.amount_paid,
    refunded = excluded.refunded, period_start = excluded.period_start, period_end = excluded.period_end, issued_at = excluded.issued_at,
    attempted = excluded.attempted, url = excluded.url, lines = excluded.lines, read_at = excluded.read_at, updated_at = excluded.updated_at
WHERE invoices.read_at <= excluded.read_at AND invoices.user_id = excluded.user_id;

-- name: ListInvoices :many
SELECT * FROM invoices
WHERE user_id = sqlc.arg(user_id) AND status <> 'draft'
  AND (issued_at < sqlc.arg(before_at) OR (issued_at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY issued_at DESC, id DESC
LIMIT sqlc.arg(most);

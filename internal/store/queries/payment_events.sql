-- name: AddPaymentEvent :exec
INSERT INTO payment_events (id, kind, object_id, customer_id, happened_at, body, state, note, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(kind), sqlc.arg(object_id), sqlc.arg(customer_id), sqlc.arg(happened_at), sqlc.arg(body), sqlc.arg(state),
    sqlc.arg(note), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (id) DO NOTHING;

-- name: PaymentEvent :one
SELECT * FROM payment_events WHERE id = ?;

-- name: ListPaymentEvents :many
-- In the order in which they came; their ids are in none.
SELECT * FROM payment_events AS e
WHERE CAST(sqlc.arg(before) AS TEXT) = '' OR (e.created_at, e.rowid) < (SELECT b.created_at, b.rowid FROM payment_events AS b WHERE b.id = CAST(sqlc.arg(before) AS TEXT))
ORDER BY e.created_at DESC, e.rowid DESC
LIMIT sqlc.arg(most);

-- name: ListPaymentEventsIn :many
SELECT * FROM payment_events AS e
WHERE e.state = sqlc.arg(state)
  AND (CAST(sqlc.arg(before) AS TEXT) = '' OR (e.created_at, e.rowid) < (SELECT b.created_at, b.rowid FROM payment_events AS b WHERE b.id = CAST(sqlc.arg(before) AS TEXT)))
ORDER BY e.created_at DESC, e.rowid DESC
LIMIT sqlc.arg(most);

-- name: SettlePaymentEvent :one
UPDATE payment_events
SET state = sqlc.arg(state), note = sqlc.arg(note), updated_at = sqlc.arg(now),
    applied_at = CASE WHEN sqlc.arg(state) = 'received' THEN NULL ELSE CAST(sqlc.arg(now) AS INTEGER) END
WHERE id = sqlc.arg(id)
RETURNING id;

-- name: DeletePaymentEvents :exec
-- What nobody has acted on yet stays.
DELETE FROM payment_events WHERE created_at < ? AND state <> 'received';

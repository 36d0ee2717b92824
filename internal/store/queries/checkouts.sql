-- name: AddCheckout :exec
INSERT INTO checkouts (id, user_id, tier, success_path, cancel_path, session_id, url, state, expires_at, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(tier), sqlc.arg(success_path), sqlc.arg(cancel_path), sqlc.narg(session_id), sqlc.arg(url),
    'open', sqlc.arg(expires_at), sqlc.arg(now), sqlc.arg(now));

-- name: OpenCheckoutOf :one
SELECT * FROM checkouts WHERE user_id = ? AND state = 'open';

-- name: CheckoutByID :one
SELECT * FROM checkouts WHERE id = ?;

-- name: CheckoutBySession :one
SELECT * FROM checkouts WHERE session_id = ?;

-- name: PlaceCheckout :one
UPDATE checkouts SET session_id = sqlc.arg(session_id), url = sqlc.arg(url), expires_at = sqlc.arg(expires_at), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND state = 'open'
RETURNING id;

-- name: EndCheckout :exec
UPDATE checkouts SET state = sqlc.arg(state), updated_at = sqlc.arg(now) WHERE id = sqlc.arg(id) AND state = 'open';

-- name: DeleteEndedCheckouts :exec
DELETE FROM checkouts WHERE updated_at < ? AND state <> 'open';

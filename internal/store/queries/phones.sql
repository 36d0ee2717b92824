-- name: ListPhones :many
SELECT * FROM phones WHERE user_id = ? ORDER BY created_at, id;

-- name: GetPhone :one
SELECT * FROM phones WHERE id = ?;

-- name: SavePhone :exec
-- A new code for a phone, which is added if the user has not too many.
INSERT INTO phones (id, user_id, number, code_nonce, code_expires_at, code_attempts, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), CAST(sqlc.arg(user_id) AS TEXT), CAST(sqlc.arg(number) AS TEXT), CAST(sqlc.arg(code_nonce) AS TEXT),
    CAST(sqlc.arg(code_expires_at) AS INTEGER), 0, CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
WHERE (SELECT COUNT(*) FROM phones AS p
       WHERE p.user_id = CAST(sqlc.arg(user_id) AS TEXT) AND p.number <> CAST(sqlc.arg(number) AS TEXT)) < CAST(sqlc.arg(most) AS INTEGER)
ON CONFLICT (user_id, number) DO UPDATE SET
    code_nonce = excluded.code_nonce, code_expires_at = excluded.code_expires_at, code_attempts = 0, updated_at = excluded.updated_at
WHERE phones.verified_at IS NULL AND phones.id = excluded.id;

-- name: TryCode :one
-- Counts a try at a phone's code before the code is looked at.
UPDATE phones SET code_attempts = code_attempts + 1, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND verified_at IS NULL
  AND code_nonce IS NOT NULL AND code_expires_at > sqlc.arg(now) AND code_attempts < sqlc.arg(most)
RETURNING *;

-- name: DropOtherProofs :exec
-- A number belongs to whoever has proven it last.
UPDATE phones SET verified_at = NULL, code_nonce = NULL, code_expires_at = NULL, updated_at = sqlc.arg(now)
WHERE number = sqlc.arg(number) AND user_id <> sqlc.arg(user_id) AND verified_at IS NOT NULL;

-- name: ProvePhone :exec
UPDATE phones SET verified_at = sqlc.arg(now), code_nonce = NULL, code_expires_at = NULL, code_attempts = 0, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND code_nonce = sqlc.arg(code_nonce) AND verified_at IS NULL;

-- name: DeletePhone :exec
DELETE FROM phones WHERE id = ? AND user_id = ?;

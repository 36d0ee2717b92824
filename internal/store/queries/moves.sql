-- name: AddMove :exec
-- Only while the user has the address from which they move.
INSERT INTO email_changes (id, user_id, old_email, new_email, old_hash, new_hash, cancel_hash, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, u.email, CAST(sqlc.arg(new_email) AS TEXT), CAST(sqlc.arg(old_hash) AS TEXT),
    CAST(sqlc.arg(new_hash) AS TEXT), CAST(sqlc.arg(cancel_hash) AS TEXT), CAST(sqlc.arg(expires_at) AS INTEGER),
    CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM users AS u
WHERE u.id = sqlc.arg(user_id) AND u.email = sqlc.arg(old_email) AND u.jwt_version = sqlc.arg(jwt_version) AND u.disabled_at IS NULL;

-- name: MoveByID :one
SELECT sqlc.embed(m), sqlc.embed(u)
FROM email_changes AS m JOIN users AS u ON u.id = m.user_id
WHERE m.id = ?;

-- name: MoveByHash :one
SELECT sqlc.embed(m), sqlc.embed(u)
FROM email_changes AS m JOIN users AS u ON u.id = m.user_id
WHERE m.old_hash = sqlc.arg(hash) OR m.new_hash = sqlc.arg(hash) OR m.cancel_hash = sqlc.arg(hash);

-- name: PendingMove :one
SELECT sqlc.embed(m), sqlc.embed(u)
FROM email_changes AS m JOIN users AS u ON u.id = m.user_id
WHERE m.user_id = ? AND m.completed_at IS NULL;

-- name: AgreeOld :exec
UPDATE email_changes SET old_confirmed_at = COALESCE(old_confirmed_at, sqlc.arg(now)), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND new_confirmed_at IS NULL AND completed_at IS NULL AND expires_at > sqlc.arg(now);

-- name: AgreeNew :exec
UPDATE email_changes SET new_confirmed_at = COALESCE(new_confirmed_at, sqlc.arg(now)), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND old_confirmed_at IS NULL AND completed_at IS NULL AND expires_at > sqlc.arg(now);

-- name: CompleteMove :exec
UPDATE email_changes
SET old_confirmed_at = COALESCE(old_confirmed_at, sqlc.arg(now)), new_confirmed_at = COALESCE(new_confirmed_at, sqlc.arg(now)),
    completed_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND completed_at IS NULL AND expires_at > sqlc.arg(now)
  AND (old_confirmed_at IS NOT NULL OR new_confirmed_at IS NOT NULL);

-- name: MakeWay :exec
-- A sign-up that was never confirmed, by whoever: the address has now been proven
-- by somebody. What the operator has given a grant is not thrown away.
DELETE FROM users WHERE email = sqlc.arg(email) AND email_verified = 0 AND grant_tier IS NULL AND disabled_at IS NULL;

-- name: MoveUser :exec
UPDATE users SET email = sqlc.arg(new_email), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND email = sqlc.arg(old_email) AND disabled_at IS NULL;

-- name: DropMove :exec
DELETE FROM email_changes WHERE id = sqlc.arg(id) AND completed_at IS NULL;

-- name: DropMovesOf :exec
DELETE FROM email_changes WHERE user_id = sqlc.arg(user_id) AND completed_at IS NULL;

-- name: DeleteMoves :exec
DELETE FROM email_changes WHERE expires_at < ?;

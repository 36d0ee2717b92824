-- name: ClaimAnswer :one
-- Over one that has expired, or that nobody works on any more.
INSERT INTO answers (id, user_id, digest, lease_until, expires_at, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(digest), sqlc.arg(lease_until), sqlc.arg(expires_at), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (id) DO UPDATE SET
    digest = excluded.digest, status = NULL, body = NULL, lease_until = excluded.lease_until,
    expires_at = excluded.expires_at, updated_at = excluded.updated_at
WHERE answers.expires_at <= excluded.updated_at OR (answers.status IS NULL AND answers.lease_until <= excluded.updated_at)
RETURNING id;

-- name: AnswerByID :one
SELECT * FROM answers WHERE id = ?;

-- name: KeepAnswer :exec
UPDATE answers SET status = sqlc.arg(status), body = sqlc.arg(body), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND lease_until = sqlc.arg(lease_until) AND status IS NULL;

-- name: DropClaim :exec
DELETE FROM answers WHERE id = sqlc.arg(id) AND lease_until = sqlc.arg(lease_until) AND status IS NULL;

-- name: DeleteAnswers :exec
DELETE FROM answers WHERE expires_at < ?;

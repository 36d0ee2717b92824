-- name: AddSession :exec
-- Only if the user is still as they were when the password was compared.
INSERT INTO sessions (id, user_id, device, last_used_at, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, CAST(sqlc.arg(device) AS TEXT), CAST(sqlc.arg(now) AS INTEGER),
    CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM users AS u
WHERE u.id = sqlc.arg(user_id) AND u.jwt_version = sqlc.arg(jwt_version) AND u.disabled_at IS NULL AND u.email_verified = 1;

-- name: SessionByID :one
SELECT sqlc.embed(s), sqlc.embed(u)
FROM sessions AS s JOIN users AS u ON u.id = s.user_id
WHERE s.id = ?;

-- name: ListSessions :many
-- Those that hold, the one last used first.
SELECT sqlc.embed(s), sqlc.embed(u)
FROM sessions AS s JOIN users AS u ON u.id = s.user_id
WHERE s.user_id = sqlc.arg(user_id) AND s.revoked_at IS NULL AND s.expires_at > sqlc.arg(now)
ORDER BY s.last_used_at DESC, s.id DESC
LIMIT sqlc.arg(most);

-- name: TouchSession :exec
-- Not backwards: requests of a session may overtake each other.
UPDATE sessions SET last_used_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND last_used_at < sqlc.arg(now);

-- name: EndSession :exec
UPDATE sessions SET revoked_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND revoked_at IS NULL;

-- name: EndSessionsOf :exec
UPDATE sessions SET revoked_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE user_id = sqlc.arg(user_id) AND revoked_at IS NULL;

-- name: EndOtherSessionsOf :exec
UPDATE sessions SET revoked_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE user_id = sqlc.arg(user_id) AND id <> sqlc.arg(but) AND revoked_at IS NULL;

-- name: DeleteSessions :exec
DELETE FROM sessions WHERE expires_at < ?;

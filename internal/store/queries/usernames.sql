-- name: UsernameTaken :one
SELECT CAST(EXISTS (SELECT 1 FROM users AS u WHERE u.username = sqlc.arg(username))
    OR EXISTS (SELECT 1 FROM former_usernames AS f
        WHERE f.username = sqlc.arg(username) AND f.user_id <> sqlc.arg(user_id) AND f.until > sqlc.arg(now)) AS INTEGER) AS taken;

-- name: RefuseFormer :exec
-- Breaks the table's key, and with it the batch, if the name is still kept for
-- somebody else.
INSERT INTO former_usernames (username, user_id, until, created_at, updated_at)
SELECT f.username, f.user_id, f.until, f.created_at, f.updated_at
FROM former_usernames AS f
WHERE f.username = sqlc.arg(username) AND f.user_id <> sqlc.arg(user_id) AND f.until > sqlc.arg(now);

-- name: RenameUser :exec
UPDATE users SET username = sqlc.arg(username), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND COALESCE(username, '') = CAST(sqlc.arg(before) AS TEXT) AND disabled_at IS NULL;

-- name: KeepFormer :exec
INSERT INTO former_usernames (username, user_id, until, created_at, updated_at)
VALUES (sqlc.arg(username), sqlc.arg(user_id), sqlc.arg(until), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (username) DO UPDATE SET user_id = excluded.user_id, until = excluded.until, updated_at = excluded.updated_at;

-- name: ReleaseFormer :exec
DELETE FROM former_usernames WHERE username = ?;

-- name: DeleteFormer :exec
DELETE FROM former_usernames WHERE until < ?;

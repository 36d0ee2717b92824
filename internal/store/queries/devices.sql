-- name: AddDevice :exec
-- The same device may sign in twice at the same moment.
INSERT INTO devices (id, user_id, place, token_hash, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(place), sqlc.arg(token_hash), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (user_id, place) DO UPDATE SET updated_at = excluded.updated_at, token_hash = excluded.token_hash;

-- name: TouchDevice :exec
UPDATE devices SET token_hash = sqlc.arg(token_hash), updated_at = sqlc.arg(now) WHERE id = sqlc.arg(id);

-- name: DeleteDevices :exec
-- Each user's last one stays: with none at all, the next sign-in would pass for
-- the first one, of which nobody is told.
DELETE FROM devices
WHERE devices.updated_at < sqlc.arg(used_before) AND EXISTS (
    SELECT 1 FROM devices AS o
    WHERE o.user_id = devices.user_id
      AND (o.updated_at > devices.updated_at OR (o.updated_at = devices.updated_at AND o.id > devices.id)));

-- name: ListNumbers :many
SELECT * FROM phone_numbers WHERE user_id = ? AND released_at IS NULL ORDER BY created_at, id;

-- name: GetNumber :one
-- By its id, also one that was given up: the job that releases it asks.
SELECT * FROM phone_numbers WHERE id = ?;

-- name: FindNumber :one
SELECT * FROM phone_numbers WHERE number = ? AND released_at IS NULL;

-- name: SaveNumber :exec
-- Assigns a number. One that is somebody else's, or is being released, is left alone.
INSERT INTO phone_numbers (id, user_id, number, provider_sid, kind, sms_state, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET
    sms_state = excluded.sms_state, provider_sid = COALESCE(excluded.provider_sid, phone_numbers.provider_sid), updated_at = excluded.updated_at
WHERE phone_numbers.user_id = excluded.user_id AND phone_numbers.released_at IS NULL;

-- name: SetNumberSMS :exec
UPDATE phone_numbers SET sms_state = sqlc.arg(sms_state), updated_at = sqlc.arg(now) WHERE id = sqlc.arg(id);

-- name: ReleaseNumber :exec
-- From now on it is nobody's.
UPDATE phone_numbers SET released_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND released_at IS NULL;

-- name: DeleteNumber :exec
DELETE FROM phone_numbers WHERE id = ? AND released_at IS NOT NULL;

-- name: KnownNumbers :many
SELECT number FROM phone_numbers WHERE number IN (sqlc.slice(numbers));

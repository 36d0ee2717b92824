-- name: ListNumbers :many
SELECT * FROM phone_numbers WHERE user_id = ? ORDER BY created_at, id;

-- name: GetNumber :one
SELECT * FROM phone_numbers WHERE id = ?;

-- name: FindNumber :one
SELECT * FROM phone_numbers WHERE number = ?;

-- name: SaveNumber :exec
-- Assigns a number. One that is somebody else's is left alone.
INSERT INTO phone_numbers (id, user_id, number, provider_sid, kind, sms_state, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET
    sms_state = excluded.sms_state, provider_sid = COALESCE(excluded.provider_sid, phone_numbers.provider_sid), updated_at = excluded.updated_at
WHERE phone_numbers.user_id = excluded.user_id;

-- name: SetNumberSMS :exec
UPDATE phone_numbers SET sms_state = sqlc.arg(sms_state), updated_at = sqlc.arg(now) WHERE id = sqlc.arg(id);

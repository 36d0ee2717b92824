-- name: TextReach :one
-- What is known of a text that came in: whose number it was sent to, who has
-- proven the phone it came from, whether that phone wants no texts, and whether
-- the text was stored before. A disabled account's phone proves nothing.
SELECT
    CAST(COALESCE((SELECT n.user_id FROM phone_numbers AS n WHERE n.number = sqlc.arg(to_number) AND n.released_at IS NULL), '') AS TEXT) AS to_owner,
    CAST(COALESCE((SELECT p.user_id FROM phones AS p JOIN users AS u ON u.id = p.user_id
        WHERE p.number = sqlc.arg(from_number) AND p.verified_at IS NOT NULL AND u.disabled_at IS NULL), '') AS TEXT) AS from_owner,
    CAST(EXISTS (SELECT 1 FROM opt_outs AS o WHERE o.number = sqlc.arg(from_number)) AS INTEGER) AS opted_out,
    CAST(EXISTS (SELECT 1 FROM messages AS m WHERE m.provider_sid = sqlc.arg(provider_sid)) AS INTEGER) AS known;

-- name: InsertInbound :exec
INSERT INTO messages (id, user_id, direction, from_number, to_number, body, media, segments, kind,
    state, state_rank, provider_sid, quarantine, answered_at, created_at, updated_at)
VALUES (?, ?, 'in', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (provider_sid) DO NOTHING;

-- name: InsertOutbound :exec
INSERT INTO messages (id, user_id, direction, from_number, to_number, body, segments, kind,
    state, state_rank, in_reply_to, created_at, updated_at)
VALUES (?, ?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: MarkAnswered :exec
UPDATE messages SET answered_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND direction = 'in' AND answered_at IS NULL;

-- name: GetText :one
SELECT * FROM messages WHERE id = ?;

-- name: HasReply :one
SELECT CAST(EXISTS (SELECT 1 FROM messages WHERE in_reply_to = ?) AS INTEGER) AS replied;

-- name: ListTexts :many
-- A user's texts, newest first, from before a place in that order.
SELECT * FROM messages
WHERE user_id = sqlc.arg(user_id)
  AND (created_at < sqlc.arg(before_at) OR (created_at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY created_at DESC, id DESC
LIMIT sqlc.arg(most);

-- name: BeginText :one
-- Before a request to the carrier is made. The first attempt's time stays: what
-- became of it is looked for from then on.
UPDATE messages SET attempted_at = COALESCE(attempted_at, sqlc.arg(now)), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND direction = 'out' AND state = 'queued' AND provider_sid IS NULL
RETURNING id;

-- name: RetractText :exec
-- The carrier has certainly not taken it.
UPDATE messages SET attempted_at = NULL, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND direction = 'out' AND provider_sid IS NULL;

-- name: FailText :exec
UPDATE messages SET state = 'failed', state_rank = 90, error_code = sqlc.arg(error_code), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND direction = 'out' AND provider_sid IS NULL AND state_rank < 90;

-- name: AdoptText :exec
-- The carrier's id of a text of ours, unless it is known or is another text's.
UPDATE messages
SET provider_sid = sqlc.arg(provider_sid), attempted_at = COALESCE(attempted_at, sqlc.arg(now)),
    segments = CASE WHEN CAST(sqlc.arg(segments) AS INTEGER) > 0 THEN CAST(sqlc.arg(segments) AS INTEGER) ELSE segments END,
    updated_at = sqlc.arg(now)
WHERE messages.id = sqlc.arg(id) AND messages.direction = 'out' AND messages.provider_sid IS NULL
  AND NOT EXISTS (SELECT 1 FROM messages AS o WHERE o.provider_sid = sqlc.arg(provider_sid));

-- name: AcceptText :exec
-- The same for a text that was handed over: repeating it is fine.
UPDATE messages
SET provider_sid = sqlc.arg(provider_sid),
    segments = CASE WHEN CAST(sqlc.arg(segments) AS INTEGER) > 0 THEN CAST(sqlc.arg(segments) AS INTEGER) ELSE segments END,
    updated_at = sqlc.arg(now)
WHERE messages.id = sqlc.arg(id) AND messages.direction = 'out'
  AND (messages.provider_sid IS NULL OR messages.provider_sid = sqlc.arg(provider_sid))
  AND NOT EXISTS (SELECT 1 FROM messages AS o WHERE o.provider_sid = sqlc.arg(provider_sid) AND o.id <> sqlc.arg(id));

-- name: AdvanceText :exec
-- States never run backwards.
UPDATE messages
SET state = sqlc.arg(state), state_rank = sqlc.arg(state_rank), error_code = sqlc.arg(error_code), updated_at = sqlc.arg(now)
WHERE provider_sid = sqlc.arg(provider_sid) AND direction = 'out' AND state_rank < sqlc.arg(state_rank);

-- name: KnownTexts :many
SELECT CAST(provider_sid AS TEXT) AS provider_sid FROM messages WHERE provider_sid IN (sqlc.slice(sids));

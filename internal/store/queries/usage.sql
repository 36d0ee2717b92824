-- name: InsertUsage :exec
-- A replay, with the same source key, stores nothing.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source_key) DO NOTHING;

-- name: UsageTotals :many
-- What a user has used in a period, one row a feature; numbers are those held
-- now. The rows "pending" and "pending_segments" are texts that are on their way
-- and will be counted when the carrier has them.
SELECT CAST(r.feature AS TEXT) AS name, CAST(SUM(r.quantity) AS INTEGER) AS quantity
FROM usage_records AS r
WHERE r.user_id = sqlc.arg(user_id) AND r.feature IN ('voice_minutes', 'sms_messages')
  AND r.recorded_at >= sqlc.arg(since) AND r.recorded_at < sqlc.arg(until)
GROUP BY r.feature
UNION ALL
SELECT 'phone_numbers', COUNT(*) FROM phone_numbers AS n WHERE n.user_id = sqlc.arg(user_id)
UNION ALL
SELECT 'pending', COUNT(*)
FROM messages AS m
WHERE m.user_id = sqlc.arg(user_id) AND m.created_at >= sqlc.arg(since)
  AND m.direction = 'out' AND m.kind = 'text' AND m.state = 'queued' AND m.provider_sid IS NULL
UNION ALL
SELECT 'pending_segments', COALESCE(SUM(m.segments), 0)
FROM messages AS m
WHERE m.user_id = sqlc.arg(user_id) AND m.created_at >= sqlc.arg(since)
  AND m.direction = 'out' AND m.kind = 'text' AND m.state = 'queued' AND m.provider_sid IS NULL;

-- name: ListUsage :many
SELECT * FROM usage_records WHERE user_id = ? ORDER BY recorded_at, id;

-- name: CountText :exec
-- The carrier has a text: it is used. Only what counts, and only once.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, created_at)
SELECT CAST(sqlc.arg(id) AS TEXT), m.user_id, 'sms_messages',
    CASE WHEN CAST(sqlc.arg(by_segment) AS INTEGER) = 1 THEN m.segments ELSE 1 END,
    CAST(sqlc.arg(now) AS INTEGER), m.segments, 'sms:' || m.provider_sid, CAST(sqlc.arg(now) AS INTEGER)
FROM messages AS m
WHERE m.provider_sid = sqlc.arg(provider_sid) AND m.direction = 'out' AND m.kind = 'text' AND m.user_id IS NOT NULL
ON CONFLICT (source_key) DO NOTHING;

-- name: ReverseText :exec
-- A text that was counted and did not arrive is taken back, in the period in which
-- it was counted.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, created_at)
SELECT CAST(sqlc.arg(id) AS TEXT), r.user_id, r.feature, -r.quantity, r.recorded_at, -r.measured,
    r.source_key || ':reversal', CAST(sqlc.arg(now) AS INTEGER)
FROM usage_records AS r
WHERE r.source_key = 'sms:' || CAST(sqlc.arg(provider_sid) AS TEXT)
  AND EXISTS (SELECT 1 FROM messages AS m
              WHERE m.provider_sid = CAST(sqlc.arg(provider_sid) AS TEXT) AND m.state IN ('undelivered', 'failed', 'canceled'))
ON CONFLICT (source_key) DO NOTHING;

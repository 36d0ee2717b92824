-- name: InsertUsage :exec
-- Records (a JSON list), however many, in one statement, each under the
-- subscription that its user's usage is reported to now. A replay, with the same
-- source key, stores nothing.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, subscription_id, created_at)
SELECT json_extract(j.value, '$.id'), json_extract(j.value, '$.user'), json_extract(j.value, '$.feature'),
    json_extract(j.value, '$.quantity'), json_extract(j.value, '$.at'), json_extract(j.value, '$.measured'), json_extract(j.value, '$.key'),
    (SELECT u.metered_subscription FROM users AS u WHERE u.id = json_extract(j.value, '$.user')), CAST(sqlc.arg(now) AS INTEGER)
FROM json_each(CAST(sqlc.arg(records) AS TEXT)) AS j
WHERE true
ON CONFLICT (source_key) DO NOTHING;

-- name: UsageTotals :many
-- What a user has used in a scope, one row a feature; numbers are those held now.
-- The rows that begin with "reserved:" are what is held of a feature, "pending" and
-- "pending_segments" texts that are on their way and will be counted when the
-- carrier has them. (The + keeps the planner from the index of provider_sid, where
-- everybody's texts that never got one lie together.)
SELECT CAST(r.feature AS TEXT) AS name, CAST(SUM(r.quantity) AS INTEGER) AS quantity
FROM usage_records AS r
WHERE r.user_id = sqlc.arg(user_id) AND r.feature IN ('voice_minutes', 'sms_messages')
  AND r.recorded_at >= sqlc.arg(since) AND r.recorded_at < sqlc.arg(until) AND r.subscription_id IS sqlc.narg(subscription_id)
GROUP BY r.feature
UNION ALL
SELECT 'phone_numbers', COUNT(*) FROM phone_numbers AS n WHERE n.user_id = sqlc.arg(user_id) AND n.released_at IS NULL
UNION ALL
SELECT 'reserved:' || h.feature, SUM(h.quantity)
FROM usage_reservations AS h
WHERE h.user_id = sqlc.arg(user_id) AND h.expires_at > sqlc.arg(now)
GROUP BY h.feature
UNION ALL
SELECT 'pending', COUNT(*)
FROM messages AS m
WHERE m.user_id = sqlc.arg(user_id) AND m.created_at >= sqlc.arg(since)
  AND m.direction = 'out' AND m.kind = 'text' AND m.state = 'queued' AND +m.provider_sid IS NULL
UNION ALL
SELECT 'pending_segments', COALESCE(SUM(m.segments), 0)
FROM messages AS m
WHERE m.user_id = sqlc.arg(user_id) AND m.created_at >= sqlc.arg(since)
  AND m.direction = 'out' AND m.kind = 'text' AND m.state = 'queued' AND +m.provider_sid IS NULL;

-- name: UsageDays :many
-- Days are counted since 1970, UTC.
SELECT CAST(r.recorded_at / 86400000 AS INTEGER) AS day, r.feature, CAST(SUM(r.quantity) AS INTEGER) AS quantity
FROM usage_records AS r
WHERE r.user_id = sqlc.arg(user_id) AND r.feature IN ('voice_minutes', 'sms_messages')
  AND r.recorded_at >= sqlc.arg(since) AND r.recorded_at < sqlc.arg(until) AND r.subscription_id IS sqlc.narg(subscription_id)
GROUP BY day, r.feature
ORDER BY day;

-- name: UsersOfUsage :many
SELECT DISTINCT user_id FROM usage_records
WHERE created_at >= sqlc.arg(since) AND created_at < sqlc.arg(until)
ORDER BY user_id;

-- name: ListUsage :many
SELECT * FROM usage_records WHERE user_id = ? ORDER BY recorded_at, id;

-- name: CountText :exec
-- The carrier has a text: it is used. Only what counts, and only once.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, subscription_id, created_at)
SELECT CAST(sqlc.arg(id) AS TEXT), m.user_id, 'sms_messages',
    CASE WHEN CAST(sqlc.arg(by_segment) AS INTEGER) = 1 THEN m.segments ELSE 1 END,
    CAST(sqlc.arg(now) AS INTEGER), m.segments, 'sms:' || m.provider_sid,
    (SELECT u.metered_subscription FROM users AS u WHERE u.id = m.user_id), CAST(sqlc.arg(now) AS INTEGER)
FROM messages AS m
WHERE m.provider_sid = sqlc.arg(provider_sid) AND m.direction = 'out' AND m.kind = 'text' AND m.user_id IS NOT NULL
ON CONFLICT (source_key) DO NOTHING;

-- name: ReverseText :exec
-- A text that was counted and did not arrive is taken back, in the period in which
-- it was counted, and from the bill that it was put on.
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, subscription_id, created_at)
SELECT CAST(sqlc.arg(id) AS TEXT), r.user_id, r.feature, -r.quantity, r.recorded_at, -r.measured,
    r.source_key || ':reversal', r.subscription_id, CAST(sqlc.arg(now) AS INTEGER)
FROM usage_records AS r
WHERE r.source_key = 'sms:' || CAST(sqlc.arg(provider_sid) AS TEXT)
  AND EXISTS (SELECT 1 FROM messages AS m
              WHERE m.provider_sid = CAST(sqlc.arg(provider_sid) AS TEXT) AND m.state IN ('undelivered', 'failed', 'canceled'))
ON CONFLICT (source_key) DO NOTHING;

-- name: InsertUsageJob :exec
-- The job that looks at what was recorded, if one of two records was.
INSERT INTO jobs (id, kind, payload, key, state, run_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), CAST(sqlc.arg(kind) AS TEXT), CAST(sqlc.arg(payload) AS TEXT), CAST(sqlc.arg(key) AS TEXT),
    'queued', CAST(sqlc.arg(run_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
WHERE EXISTS (SELECT 1 FROM usage_records AS r WHERE r.id IN (CAST(sqlc.arg(counted) AS TEXT), CAST(sqlc.arg(reversed) AS TEXT)))
ON CONFLICT (key) DO NOTHING;

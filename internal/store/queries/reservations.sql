-- name: Reserve :one
-- All in one statement, so that many at once never hold more than the budget
-- together: what is used in the scope, what is held, and this. The feature must be
-- within its allowance, or what goes beyond the allowances within the cap (-1:
-- there is none). A key that was settled holds nothing any more; one whose
-- reservation has expired may be held again.
INSERT INTO usage_reservations (id, user_id, feature, quantity, source_key, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), CAST(sqlc.arg(user_id) AS TEXT), CAST(sqlc.arg(feature) AS TEXT), CAST(sqlc.arg(quantity) AS INTEGER),
    CAST(sqlc.arg(source_key) AS TEXT), CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM (
    SELECT COALESCE(SUM(CASE WHEN x.feature = 'voice_minutes' THEN x.quantity END), 0) AS voice,
        COALESCE(SUM(CASE WHEN x.feature = 'sms_messages' THEN x.quantity END), 0) AS texts
    FROM (
        SELECT r.feature AS feature, MAX(SUM(r.quantity), 0) AS quantity
        FROM usage_records AS r
        WHERE r.user_id = sqlc.arg(user_id) AND r.feature IN ('voice_minutes', 'sms_messages')
          AND r.recorded_at >= sqlc.arg(since) AND r.recorded_at < sqlc.arg(until) AND r.subscription_id IS sqlc.narg(subscription_id)
        GROUP BY r.feature
        UNION ALL
        SELECT h.feature, h.quantity FROM usage_reservations AS h
        WHERE h.user_id = sqlc.arg(user_id) AND h.expires_at > sqlc.arg(now)
        UNION ALL
        SELECT CAST(sqlc.arg(feature) AS TEXT), CAST(sqlc.arg(quantity) AS INTEGER)
    ) AS x
) AS t
WHERE NOT EXISTS (SELECT 1 FROM usage_records AS s WHERE s.source_key = sqlc.arg(source_key))
  AND (CASE WHEN CAST(sqlc.arg(feature) AS TEXT) = 'voice_minutes' THEN t.voice <= CAST(sqlc.arg(voice_included) AS INTEGER)
          ELSE t.texts <= CAST(sqlc.arg(texts_included) AS INTEGER) END
    OR (CAST(sqlc.arg(overage) AS INTEGER) = 1 AND (CAST(sqlc.arg(cap) AS INTEGER) = -1
      OR MAX(t.voice - CAST(sqlc.arg(voice_included) AS INTEGER), 0) * CAST(sqlc.arg(voice_price) AS INTEGER)
        + MAX(t.texts - CAST(sqlc.arg(texts_included) AS INTEGER), 0) * CAST(sqlc.arg(texts_price) AS INTEGER)
        <= CAST(sqlc.arg(cap) AS INTEGER))))
ON CONFLICT (source_key) DO UPDATE
SET quantity = excluded.quantity, expires_at = excluded.expires_at, updated_at = excluded.updated_at
WHERE usage_reservations.expires_at <= excluded.updated_at AND usage_reservations.user_id = excluded.user_id
  AND usage_reservations.feature = excluded.feature
RETURNING id;

-- name: Extend :one
-- As Reserve, with what this one holds already in the place of what is asked for
-- if that is more.
UPDATE usage_reservations
SET quantity = MAX(quantity, CAST(sqlc.arg(quantity) AS INTEGER)), expires_at = MAX(expires_at, CAST(sqlc.arg(expires_at) AS INTEGER)),
    updated_at = CAST(sqlc.arg(now) AS INTEGER)
WHERE usage_reservations.source_key = sqlc.arg(source_key) AND usage_reservations.user_id = sqlc.arg(user_id)
  AND usage_reservations.feature = sqlc.arg(feature) AND usage_reservations.expires_at > sqlc.arg(now)
  AND EXISTS (
    SELECT 1 FROM (
        SELECT COALESCE(SUM(CASE WHEN x.feature = 'voice_minutes' THEN x.quantity END), 0) AS voice,
            COALESCE(SUM(CASE WHEN x.feature = 'sms_messages' THEN x.quantity END), 0) AS texts
        FROM (
            SELECT r.feature AS feature, MAX(SUM(r.quantity), 0) AS quantity
            FROM usage_records AS r
            WHERE r.user_id = sqlc.arg(user_id) AND r.feature IN ('voice_minutes', 'sms_messages')
              AND r.recorded_at >= sqlc.arg(since) AND r.recorded_at < sqlc.arg(until) AND r.subscription_id IS sqlc.narg(subscription_id)
            GROUP BY r.feature
            UNION ALL
            SELECT h.feature, CASE WHEN h.source_key = sqlc.arg(source_key) THEN MAX(h.quantity, CAST(sqlc.arg(quantity) AS INTEGER))
                ELSE h.quantity END
            FROM usage_reservations AS h
            WHERE h.user_id = sqlc.arg(user_id) AND h.expires_at > sqlc.arg(now)
        ) AS x
    ) AS t
    WHERE CASE WHEN CAST(sqlc.arg(feature) AS TEXT) = 'voice_minutes' THEN t.voice <= CAST(sqlc.arg(voice_included) AS INTEGER)
            ELSE t.texts <= CAST(sqlc.arg(texts_included) AS INTEGER) END
      OR (CAST(sqlc.arg(overage) AS INTEGER) = 1 AND (CAST(sqlc.arg(cap) AS INTEGER) = -1
        OR MAX(t.voice - CAST(sqlc.arg(voice_included) AS INTEGER), 0) * CAST(sqlc.arg(voice_price) AS INTEGER)
          + MAX(t.texts - CAST(sqlc.arg(texts_included) AS INTEGER), 0) * CAST(sqlc.arg(texts_price) AS INTEGER)
          <= CAST(sqlc.arg(cap) AS INTEGER))))
RETURNING id;

-- name: Reserved :one
-- Whether a key is held, and whether it was settled.
SELECT CAST(EXISTS (SELECT 1 FROM usage_reservations AS h
        WHERE h.source_key = sqlc.arg(source_key) AND h.user_id = sqlc.arg(user_id) AND h.expires_at > sqlc.arg(now)) AS INTEGER) AS held,
    CAST(EXISTS (SELECT 1 FROM usage_records AS r
        WHERE r.source_key = sqlc.arg(source_key) AND r.user_id = sqlc.arg(user_id)) AS INTEGER) AS settled;

-- name: Release :exec
DELETE FROM usage_reservations WHERE source_key = ?;

-- name: ExpireReservations :many
DELETE FROM usage_reservations WHERE expires_at <= ? RETURNING id;

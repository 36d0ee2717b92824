-- name: OutboxUsage :exec
-- Of the records with some source keys (a JSON list) those that are to be reported.
INSERT INTO meter_outbox (usage_id, user_id, subscription_id, feature, quantity, recorded_at, created_at, updated_at)
SELECT r.id, r.user_id, r.subscription_id, r.feature, r.quantity, r.recorded_at, CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM usage_records AS r
WHERE r.source_key IN (SELECT value FROM json_each(CAST(sqlc.arg(keys) AS TEXT)))
  AND r.subscription_id IS NOT NULL AND r.feature IN ('voice_minutes', 'sms_messages')
ON CONFLICT (usage_id) DO NOTHING;

-- name: WaitingUsage :many
-- Whose customer a subscription is, is what was read of it; a user may have become
-- another one since.
SELECT w.user_id, w.subscription_id, w.feature, w.oldest,
    CAST(COALESCE(s.customer_id, u.stripe_customer_id, '') AS TEXT) AS customer_id
FROM (
    SELECT CAST(MIN(o.user_id) AS TEXT) AS user_id, o.subscription_id, o.feature, CAST(MIN(o.recorded_at) AS INTEGER) AS oldest
    FROM meter_outbox AS o
    WHERE o.event_id IS NULL AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR o.user_id = CAST(sqlc.arg(user_id) AS TEXT))
    GROUP BY o.subscription_id, o.feature
) AS w
LEFT JOIN subscriptions AS s ON s.id = w.subscription_id
LEFT JOIN users AS u ON u.id = w.user_id
ORDER BY w.oldest, w.subscription_id, w.feature
LIMIT sqlc.arg(most);

-- name: AllotEvent :exec
-- What adds up to nothing needs no telling.
INSERT INTO meter_events (id, user_id, customer_id, subscription_id, feature, quantity, happened_at, state, sent_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), CAST(sqlc.arg(user_id) AS TEXT), CAST(sqlc.arg(customer_id) AS TEXT), o.subscription_id, o.feature,
    SUM(o.quantity), MAX(o.recorded_at), CASE WHEN SUM(o.quantity) = 0 THEN 'sent' ELSE 'pending' END,
    CASE WHEN SUM(o.quantity) = 0 THEN CAST(sqlc.arg(now) AS INTEGER) END, CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM meter_outbox AS o
WHERE o.event_id IS NULL AND o.subscription_id = sqlc.arg(subscription_id) AND o.feature = sqlc.arg(feature)
  AND o.recorded_at >= sqlc.arg(since) AND o.recorded_at < sqlc.arg(until)
GROUP BY o.subscription_id, o.feature;

-- name: AllotUsage :exec
UPDATE meter_outbox SET event_id = sqlc.arg(event_id), updated_at = sqlc.arg(now)
WHERE event_id IS NULL AND subscription_id = sqlc.arg(subscription_id) AND feature = sqlc.arg(feature)
  AND recorded_at >= sqlc.arg(since) AND recorded_at < sqlc.arg(until);

-- name: MeterEvent :one
SELECT * FROM meter_events WHERE id = ?;

-- name: MeterEvents :many
SELECT * FROM meter_events
WHERE state = sqlc.arg(state) AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = CAST(sqlc.arg(user_id) AS TEXT))
ORDER BY created_at, rowid
LIMIT sqlc.arg(most);

-- name: CountMeterEvents :one
SELECT COUNT(*) FROM meter_events WHERE id >= sqlc.arg(first) AND id < sqlc.arg(beyond);

-- name: SettleMeterEvent :one
UPDATE meter_events
SET state = sqlc.arg(state), happened_at = sqlc.arg(happened_at), error = sqlc.arg(error), updated_at = sqlc.arg(now),
    sent_at = CASE WHEN sqlc.arg(state) = 'sent' THEN CAST(sqlc.arg(now) AS INTEGER) ELSE sent_at END
WHERE id = sqlc.arg(id)
RETURNING id;

-- name: CountRejected :one
SELECT COUNT(*) FROM meter_events WHERE state = 'rejected';

-- name: RetryOutbox :exec
-- Before RetryMeterEvents: what was used stays a part of its event under its new name.
UPDATE meter_outbox SET event_id = event_id || ':again', updated_at = sqlc.arg(now)
WHERE event_id IN (SELECT e.id FROM meter_events AS e WHERE e.state = 'rejected');

-- name: RetryMeterEvents :exec
UPDATE meter_events SET id = id || ':again', state = 'pending', error = '', updated_at = sqlc.arg(now) WHERE state = 'rejected';

-- name: Told :one
SELECT CAST(COALESCE(SUM(quantity), 0) AS INTEGER) AS quantity
FROM meter_events
WHERE subscription_id = sqlc.arg(subscription_id) AND feature = sqlc.arg(feature)
  AND happened_at >= sqlc.arg(since) AND happened_at < sqlc.arg(until) AND state = 'sent' AND correction = 0;

-- name: AddCorrection :exec
INSERT INTO meter_events (id, user_id, customer_id, subscription_id, feature, quantity, happened_at, correction, state, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(customer_id), sqlc.arg(subscription_id), sqlc.arg(feature), sqlc.arg(quantity),
    sqlc.arg(happened_at), 1, 'pending', sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (id) DO NOTHING;

-- name: MeteredDays :many
-- Days are counted since 1970, UTC.
SELECT CAST(happened_at / 86400000 AS INTEGER) AS day, CAST(SUM(quantity) AS INTEGER) AS quantity
FROM meter_events
WHERE customer_id = sqlc.arg(customer_id) AND feature = sqlc.arg(feature)
  AND happened_at >= sqlc.arg(since) AND happened_at < sqlc.arg(until) AND state <> 'rejected' AND correction = 0
GROUP BY day;

-- name: SentMeterEvents :many
SELECT * FROM meter_events
WHERE customer_id = sqlc.arg(customer_id) AND feature = sqlc.arg(feature) AND state = 'sent' AND quantity <> 0
  AND happened_at >= sqlc.arg(since) AND happened_at < sqlc.arg(until) AND sent_at >= CAST(sqlc.arg(sent_since) AS INTEGER)
ORDER BY created_at, rowid;

-- name: DeleteReportedUsage :exec
-- The usage records and the events stay; which was part of which is not needed any more.
DELETE FROM meter_outbox
WHERE meter_outbox.updated_at < ? AND meter_outbox.event_id IN (SELECT e.id FROM meter_events AS e WHERE e.state = 'sent');

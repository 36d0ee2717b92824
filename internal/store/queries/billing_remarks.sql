-- name: RaiseAlert :exec
-- One that was resolved begins anew; of one that lasts nothing changes.
INSERT INTO billing_alerts (key, kind, user_id, message, count, created_at, updated_at)
VALUES (sqlc.arg(key), sqlc.arg(kind), sqlc.narg(user_id), sqlc.arg(message), 1, sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (key) DO UPDATE SET
    kind = excluded.kind, user_id = excluded.user_id, message = excluded.message, count = 1, resolved_at = NULL,
    created_at = excluded.created_at, updated_at = excluded.updated_at
WHERE billing_alerts.resolved_at IS NOT NULL;

-- name: CountAlert :one
UPDATE billing_alerts SET count = count + 1, message = sqlc.arg(message), updated_at = sqlc.arg(now)
WHERE key = sqlc.arg(key) AND resolved_at IS NULL
RETURNING key;

-- name: ResolveAlerts :exec
UPDATE billing_alerts SET resolved_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE key IN (sqlc.slice(keys)) AND resolved_at IS NULL;

-- name: ListAlerts :many
SELECT * FROM billing_alerts
WHERE resolved_at IS NULL OR CAST(sqlc.arg(every) AS INTEGER) = 1
ORDER BY created_at DESC, rowid DESC
LIMIT sqlc.arg(most);

-- name: Notice :exec
INSERT INTO billing_notices (user_id, key, created_at) VALUES (?, ?, ?) ON CONFLICT (user_id, key) DO NOTHING;

-- name: DeleteOldNotices :exec
DELETE FROM billing_notices WHERE created_at < ?;

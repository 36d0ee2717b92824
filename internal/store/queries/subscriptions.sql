-- name: UserByCustomer :one
SELECT * FROM users WHERE stripe_customer_id = ?;

-- name: LinkCustomer :exec
UPDATE users SET stripe_customer_id = sqlc.arg(customer_id), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND stripe_customer_id IS NULL;

-- name: SaveReading :exec
-- A reading never replaces one that began later, nor what follows from another grant
-- than it was reckoned with. A customer that is gone is nobody's.
UPDATE users
SET subscription = sqlc.arg(subscription), metered_subscription = sqlc.narg(metered_subscription),
    subscription_tier = sqlc.arg(subscription_tier), billing_read_at = sqlc.arg(read_at), updated_at = sqlc.arg(now),
    stripe_customer_id = CASE WHEN stripe_customer_id = CAST(sqlc.arg(gone_customer) AS TEXT) THEN NULL ELSE stripe_customer_id END
WHERE id = sqlc.arg(id) AND billing_read_at <= sqlc.arg(read_at)
  AND grant_tier IS sqlc.narg(grant_tier) AND grant_until IS sqlc.narg(grant_until);

-- name: SaveSubscription :exec
INSERT INTO subscriptions (id, user_id, customer_id, tier, status, detail, read_at, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(user_id), sqlc.arg(customer_id), sqlc.arg(tier), sqlc.arg(status), sqlc.arg(detail), sqlc.arg(read_at),
    sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (id) DO UPDATE SET
    user_id = excluded.user_id, customer_id = excluded.customer_id, tier = excluded.tier, status = excluded.status,
    detail = excluded.detail, read_at = excluded.read_at, updated_at = excluded.updated_at
WHERE subscriptions.read_at <= excluded.read_at;

-- name: EndSubscriptionsOf :exec
-- Those of a customer that is gone went with it.
UPDATE subscriptions
SET status = 'canceled', detail = json_set(detail, '$.status', 'canceled'), read_at = sqlc.arg(read_at), updated_at = sqlc.arg(now)
WHERE user_id = sqlc.arg(user_id) AND customer_id = sqlc.arg(customer_id) AND status NOT IN ('canceled', 'incomplete_expired')
  AND read_at < sqlc.arg(read_at);

-- name: Subscribers :many
SELECT * FROM users WHERE id IN (
    SELECT s.user_id FROM subscriptions AS s
    WHERE s.user_id > sqlc.arg(after) AND s.status NOT IN ('canceled', 'incomplete_expired')
    GROUP BY s.user_id
    ORDER BY s.user_id
    LIMIT sqlc.arg(most)
)
ORDER BY id;

-- name: AddSpan :exec
INSERT INTO usage_spans (subscription_id, starts_at, user_id, tier, created_at)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (subscription_id, starts_at) DO NOTHING;

-- name: Spans :many
-- Those that begin in a period, and the one that it begins in.
SELECT * FROM usage_spans AS s
WHERE s.subscription_id = sqlc.arg(subscription_id) AND s.starts_at < sqlc.arg(until)
  AND s.starts_at >= COALESCE((SELECT MAX(b.starts_at) FROM usage_spans AS b
      WHERE b.subscription_id = sqlc.arg(subscription_id) AND b.starts_at <= sqlc.arg(since)), CAST(sqlc.arg(since) AS INTEGER))
ORDER BY s.starts_at;

-- name: SetCap :exec
UPDATE users SET spending_cap = sqlc.narg(spending_cap), spending_cap_soft = sqlc.arg(soft), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id);

-- name: AddUser :exec
-- A sign-up. An address that is known keeps its row: the attempt lies in its token.
INSERT INTO users (id, email, password_hash, name, time_zone, wished_plan, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(email), sqlc.arg(password_hash), sqlc.arg(name), sqlc.arg(time_zone),
    sqlc.narg(wished_plan), sqlc.arg(now), sqlc.arg(now))
ON CONFLICT (email) DO NOTHING;

-- name: CreateUser :exec
-- The operator's way: a known address is an error.
INSERT INTO users (id, email, password_hash, email_verified, name, username, time_zone, created_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(email), sqlc.arg(password_hash), sqlc.arg(email_verified), sqlc.arg(name),
    sqlc.narg(username), sqlc.arg(time_zone), sqlc.arg(now), sqlc.arg(now));

-- name: UserByID :one
SELECT * FROM users WHERE id = ?;

-- name: UserByEmail :one
SELECT * FROM users WHERE email = ?;

-- name: UserAtSignIn :one
-- Whoever has an address, and which of their devices it may be that asks.
SELECT sqlc.embed(u),
    CAST(EXISTS (SELECT 1 FROM devices AS d WHERE d.user_id = u.id) AS INTEGER) AS has_devices,
    CAST(COALESCE((SELECT d.id FROM devices AS d
        WHERE d.user_id = u.id AND d.token_hash = CAST(sqlc.arg(token_hash) AS TEXT)), '') AS TEXT) AS by_token,
    CAST(COALESCE((SELECT d.id FROM devices AS d
        WHERE d.user_id = u.id AND d.place IN (CAST(sqlc.arg(place1) AS TEXT), CAST(sqlc.arg(place2) AS TEXT)) LIMIT 1), '') AS TEXT) AS by_place
FROM users AS u WHERE u.email = sqlc.arg(email);

-- name: ListUsers :many
SELECT * FROM users WHERE id < sqlc.arg(before) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: VerifyUser :exec
-- The attempt that is confirmed wins.
UPDATE users
SET email_verified = 1, password_hash = sqlc.arg(password_hash), name = sqlc.arg(name), time_zone = sqlc.arg(time_zone),
    wished_plan = sqlc.narg(wished_plan), username = COALESCE(username, sqlc.arg(username)), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND email_verified = 0;

-- name: ResetUser :exec
UPDATE users
SET email_verified = 1, password_hash = sqlc.arg(password_hash), username = COALESCE(username, sqlc.arg(username)),
    jwt_version = jwt_version + 1, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND disabled_at IS NULL;

-- name: ChangePassword :exec
UPDATE users
SET password_hash = sqlc.arg(password_hash), jwt_version = jwt_version + 1, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND jwt_version = sqlc.arg(jwt_version) AND disabled_at IS NULL AND email_verified = 1;

-- name: DisableUser :exec
UPDATE users
SET disabled_at = sqlc.arg(now), disabled_reason = sqlc.arg(reason), jwt_version = jwt_version + 1, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND disabled_at IS NULL;

-- name: EnableUser :exec
UPDATE users SET disabled_at = NULL, disabled_reason = '', updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND disabled_at IS NOT NULL;

-- name: SetOperator :exec
UPDATE users SET operator = sqlc.arg(operator), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND operator <> sqlc.arg(operator);

-- name: RehashUser :exec
UPDATE users SET password_hash = sqlc.arg(fresh), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND password_hash = sqlc.arg(old);

-- name: RaiseVersion :exec
UPDATE users SET jwt_version = jwt_version + 1, updated_at = sqlc.arg(now) WHERE id = sqlc.arg(id);

-- name: GrantTier :exec
UPDATE users
SET subscription_tier = sqlc.arg(subscription_tier), metered_subscription = sqlc.narg(metered_subscription),
    grant_tier = sqlc.narg(grant_tier), grant_until = sqlc.narg(grant_until), grant_reason = sqlc.arg(grant_reason), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id);

-- name: EndGrant :exec
-- The grant stays to be seen; it does not count any more.
UPDATE users
SET subscription_tier = sqlc.arg(subscription_tier), metered_subscription = sqlc.narg(metered_subscription), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND grant_until <= sqlc.arg(now)
  AND (subscription_tier <> sqlc.arg(subscription_tier) OR metered_subscription IS NOT sqlc.narg(metered_subscription));

-- name: DeleteUnverifiedUsers :exec
-- Not while a link that was mailed can still confirm one.
DELETE FROM users
WHERE email_verified = 0 AND users.created_at < sqlc.arg(created_before)
  AND id NOT IN (SELECT t.user_id FROM account_tokens AS t WHERE t.expires_at > sqlc.arg(now) AND t.used_at IS NULL);

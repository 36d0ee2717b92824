-- name: AddSignUpToken :exec
-- For whoever has the address, confirmed or not.
INSERT INTO account_tokens (id, user_id, purpose, token_hash, password_hash, name, time_zone, wished_plan, network, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, 'verify', CAST(sqlc.arg(token_hash) AS TEXT), CAST(sqlc.arg(password_hash) AS TEXT),
    CAST(sqlc.arg(name) AS TEXT), CAST(sqlc.arg(time_zone) AS TEXT), NULLIF(CAST(sqlc.arg(wished_plan) AS TEXT), ''),
    CAST(sqlc.arg(network) AS TEXT), CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM users AS u WHERE u.email = sqlc.arg(email);

-- name: AddResendToken :exec
-- Carries on the newest attempt from a network, or from the only one there is, for
-- an address that is not confirmed.
INSERT INTO account_tokens (id, user_id, purpose, token_hash, password_hash, name, time_zone, wished_plan, network, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), t.user_id, 'verify', CAST(sqlc.arg(token_hash) AS TEXT), t.password_hash, t.name, t.time_zone, t.wished_plan,
    t.network, CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM account_tokens AS t
JOIN users AS u ON u.id = t.user_id
WHERE u.email = sqlc.arg(email) AND u.email_verified = 0 AND t.purpose = 'verify'
  AND (t.network = CAST(sqlc.arg(network) AS TEXT) OR NOT EXISTS (
    SELECT 1 FROM account_tokens AS o
    WHERE o.user_id = t.user_id AND o.purpose = 'verify' AND o.network <> t.network))
ORDER BY t.created_at DESC, t.rowid DESC
LIMIT 1;

-- name: AddResendReset :exec
-- Instead, where attempts wait and none was carried on.
INSERT INTO account_tokens (id, user_id, purpose, token_hash, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, 'reset', CAST(sqlc.arg(token_hash) AS TEXT),
    CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM users AS u
WHERE u.email = sqlc.arg(email) AND u.email_verified = 0
  AND EXISTS (SELECT 1 FROM account_tokens AS t WHERE t.user_id = u.id AND t.purpose = 'verify')
  AND NOT EXISTS (SELECT 1 FROM account_tokens AS t WHERE t.id = sqlc.arg(id));

-- name: AddResetToken :exec
INSERT INTO account_tokens (id, user_id, purpose, token_hash, expires_at, created_at, updated_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, 'reset', CAST(sqlc.arg(token_hash) AS TEXT),
    CAST(sqlc.arg(expires_at) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM users AS u WHERE u.email = sqlc.arg(email);

-- name: TokenByHash :one
SELECT sqlc.embed(t), sqlc.embed(u)
FROM account_tokens AS t JOIN users AS u ON u.id = t.user_id
WHERE t.token_hash = ?;

-- name: TokenByID :one
SELECT sqlc.embed(t), sqlc.embed(u)
FROM account_tokens AS t JOIN users AS u ON u.id = t.user_id
WHERE t.id = ?;

-- name: UseToken :exec
UPDATE account_tokens SET used_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND purpose = sqlc.arg(purpose) AND used_at IS NULL AND expires_at > sqlc.arg(now);

-- name: UseTokensOf :exec
-- Every open token of a user and a purpose.
UPDATE account_tokens SET used_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE user_id = sqlc.arg(user_id) AND purpose = sqlc.arg(purpose) AND used_at IS NULL;

-- name: DeleteTokens :exec
DELETE FROM account_tokens WHERE expires_at < ?;

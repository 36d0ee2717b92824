-- name: AddEvent :exec
INSERT INTO audit_events (id, user_id, actor, action, detail, address, created_at)
VALUES (sqlc.arg(id), sqlc.narg(user_id), sqlc.arg(actor), sqlc.arg(action), sqlc.arg(detail), sqlc.arg(address), sqlc.arg(created_at));

-- name: AddEventFor :exec
-- About whoever has the address; nothing if nobody has.
INSERT INTO audit_events (id, user_id, actor, action, detail, address, created_at)
SELECT CAST(sqlc.arg(id) AS TEXT), u.id, CAST(sqlc.arg(actor) AS TEXT), CAST(sqlc.arg(action) AS TEXT),
    CAST(sqlc.arg(detail) AS TEXT), CAST(sqlc.arg(address) AS TEXT), CAST(sqlc.arg(created_at) AS INTEGER)
FROM users AS u WHERE u.email = sqlc.arg(email);

-- name: ListEvents :many
-- About a user; about none for null.
SELECT * FROM audit_events WHERE user_id IS sqlc.narg(user_id) ORDER BY created_at DESC, id DESC LIMIT sqlc.arg(most);

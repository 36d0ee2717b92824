-- name: OptOut :exec
INSERT INTO opt_outs (number, keyword, created_at, updated_at)
VALUES (?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET keyword = excluded.keyword, updated_at = excluded.updated_at;

-- name: OptIn :exec
DELETE FROM opt_outs WHERE number = ?;

-- name: OptedOut :one
SELECT EXISTS (SELECT 1 FROM opt_outs WHERE number = ?) AS out;

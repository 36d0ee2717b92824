-- name: InsertFact :exec
INSERT INTO memory_facts (id, user_id, fact_text, confidence, category, source, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: DeleteFact :exec
DELETE FROM memory_facts WHERE id = ? AND user_id = ?;

-- name: ListFacts :many
SELECT id, user_id, fact_text, confidence, category, source, created_at, updated_at FROM memory_facts
WHERE user_id = sqlc.arg(user_id) AND (CAST(sqlc.arg(before) AS TEXT) = '' OR id < sqlc.arg(before))
ORDER BY id DESC
LIMIT sqlc.arg(most);

-- name: InsertTask :exec
INSERT INTO tasks (id, user_id, title, due_date, due_all_day, priority, status, recurring, remind_at, source, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: CloseTask :exec
-- What is not open stays as it is, so closing twice changes nothing.
UPDATE tasks SET status = sqlc.arg(status), completed_at = sqlc.narg(completed_at), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND status = 'open';

-- name: RescheduleTask :exec
-- Only a task whose reminder was not given yet can be moved.
UPDATE tasks
SET due_date = sqlc.arg(due_date), due_all_day = sqlc.arg(due_all_day), remind_at = sqlc.arg(remind_at), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND status = 'open' AND reminded_at IS NULL;

-- name: OpenTasks :many
SELECT * FROM tasks
WHERE user_id = ? AND status = 'open'
ORDER BY coalesce(due_date, 9223372036854775807), id
LIMIT ?;

-- name: ListTasks :many
SELECT * FROM tasks
WHERE user_id = sqlc.arg(user_id)
  AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = sqlc.arg(status))
  AND (coalesce(due_date, 9223372036854775807) > CAST(sqlc.arg(after_due) AS INTEGER)
    OR (coalesce(due_date, 9223372036854775807) = CAST(sqlc.arg(after_due) AS INTEGER) AND id > sqlc.arg(after_id)))
ORDER BY coalesce(due_date, 9223372036854775807), id
LIMIT sqlc.arg(most);

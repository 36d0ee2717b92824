-- name: TaskToRemind :one
SELECT * FROM tasks WHERE id = ?;

-- name: GiveReminder :exec
-- A reminder is given once, and only for what is still to be done and due.
UPDATE tasks SET reminded_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND user_id = sqlc.arg(user_id) AND status = 'open'
  AND reminded_at IS NULL AND remind_at <= sqlc.arg(now);

-- name: HeldReminders :many
SELECT * FROM tasks
WHERE user_id = sqlc.arg(user_id) AND status = 'open' AND reminded_at IS NULL
  AND remind_at > sqlc.arg(since) AND remind_at <= sqlc.arg(until)
ORDER BY remind_at, id
LIMIT 100;

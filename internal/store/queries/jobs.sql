-- name: InsertJob :exec
INSERT INTO jobs (id, kind, payload, key, lane, state, run_at, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?)
ON CONFLICT (key) DO NOTHING;

-- name: ClaimJobs :many
-- What is due, and of each lane only the oldest such job and only when no job of
-- that lane is running. Oldest by rowid, since ids of one millisecond are in no
-- order. Of what was running until now, the last attempt left no record.
UPDATE jobs
SET state = 'running', attempts = attempts + 1, lease_until = sqlc.arg(lease_until), updated_at = sqlc.arg(now),
    error = CASE WHEN state = 'running' THEN CAST(sqlc.arg(cut_off) AS TEXT) ELSE error END
WHERE id IN (
    SELECT j.id FROM jobs AS j
    WHERE ((j.state = 'queued' AND j.run_at <= sqlc.arg(now)) OR (j.state = 'running' AND j.lease_until <= sqlc.arg(wall)))
      AND (j.lane IS NULL OR NOT EXISTS (
            SELECT 1 FROM jobs AS o
            WHERE o.lane = j.lane AND o.id <> j.id
              AND ((o.state = 'running' AND (o.lease_until > sqlc.arg(wall) OR o.rowid < j.rowid))
                OR (o.state = 'queued' AND o.run_at <= sqlc.arg(now) AND o.rowid < j.rowid))))
    ORDER BY j.run_at, j.rowid
    LIMIT sqlc.arg(most)
)
RETURNING *;

-- name: FinishJob :exec
UPDATE jobs
SET state = sqlc.arg(state), run_at = sqlc.arg(run_at), error = sqlc.arg(error), note = sqlc.arg(note),
    lease_until = NULL, updated_at = sqlc.arg(updated_at)
WHERE id = sqlc.arg(id) AND state = 'running' AND attempts = sqlc.arg(attempts);

-- name: ReleaseJobs :exec
-- Nobody works on them any more.
UPDATE jobs SET state = 'queued', lease_until = NULL, error = sqlc.arg(cut_off), updated_at = sqlc.arg(now) WHERE state = 'running';

-- name: NextJob :one
SELECT run_at FROM jobs WHERE state = 'queued' ORDER BY run_at LIMIT 1;

-- name: RetryJob :one
-- A person's retry: the attempts start anew.
UPDATE jobs SET state = 'queued', run_at = sqlc.arg(now), attempts = 0, updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND state = 'dead'
RETURNING id;

-- name: RetryDeadJobs :many
-- All of a kind, or of every kind.
UPDATE jobs SET state = 'queued', run_at = sqlc.arg(now), attempts = 0, updated_at = sqlc.arg(now)
WHERE state = 'dead' AND (kind = sqlc.arg(kind) OR sqlc.arg(kind) = '')
RETURNING id;

-- name: HoldJobs :many
-- What is due, of some kinds (a JSON list), waits for a person.
UPDATE jobs SET state = 'dead', error = sqlc.arg(error), lease_until = NULL, updated_at = sqlc.arg(now)
WHERE state = 'queued' AND run_at <= sqlc.arg(now) AND kind IN (SELECT value FROM json_each(sqlc.arg(kinds)))
RETURNING id;

-- name: DiscardJob :one
DELETE FROM jobs WHERE id = sqlc.arg(id) AND state = 'dead' RETURNING id;

-- name: JobByID :one
SELECT * FROM jobs WHERE id = ?;

-- name: ListJobs :many
SELECT * FROM jobs WHERE id < sqlc.arg(before) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: ListJobsIn :many
SELECT * FROM jobs WHERE state = sqlc.arg(state) AND id < sqlc.arg(before) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: CountJobs :many
-- Those that are done are not counted: they are many, and nobody waits for them.
SELECT state, kind, count(*) AS jobs FROM jobs WHERE state IN ('queued', 'running', 'dead') GROUP BY state, kind;

-- name: DeleteDoneJobs :exec
DELETE FROM jobs WHERE state = 'done' AND updated_at < ?;

-- name: CountTries :many
-- One try for each of up to three keys (an empty one counts nothing), in one statement. A window
-- begins with the first try after the last window's end. While the first key's
-- window is full only that key is counted: whoever is turned away for trying
-- too often cannot use up somebody else's tries. A window that ends later than one
-- that began a minute from now was made by a clock that was wrong, and is over, too:
-- it would lock people out for as long as the clock was ahead.
INSERT INTO limits (key, window_start, count, expires_at, created_at, updated_at)
SELECT t.k, CAST(sqlc.arg(now) AS INTEGER), 1, t.ends, CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM (
    SELECT CAST(sqlc.arg(key1) AS TEXT) AS k, CAST(sqlc.arg(ends1) AS INTEGER) AS ends
    UNION ALL SELECT CAST(sqlc.arg(key2) AS TEXT), CAST(sqlc.arg(ends2) AS INTEGER)
    UNION ALL SELECT CAST(sqlc.arg(key3) AS TEXT), CAST(sqlc.arg(ends3) AS INTEGER)
) AS t
WHERE t.k <> '' AND (t.k = CAST(sqlc.arg(key1) AS TEXT) OR NOT EXISTS (
    SELECT 1 FROM limits AS g
    WHERE g.key = CAST(sqlc.arg(key1) AS TEXT) AND g.count >= CAST(sqlc.arg(most1) AS INTEGER) AND g.expires_at BETWEEN CAST(sqlc.arg(now) AS INTEGER) + 1 AND CAST(sqlc.arg(ends1) AS INTEGER) + 60000))
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN limits.expires_at NOT BETWEEN excluded.window_start + 1 AND excluded.expires_at + 60000 THEN 1 ELSE limits.count + 1 END,
    window_start = CASE WHEN limits.expires_at NOT BETWEEN excluded.window_start + 1 AND excluded.expires_at + 60000 THEN excluded.window_start ELSE limits.window_start END,
    expires_at = CASE WHEN limits.expires_at NOT BETWEEN excluded.window_start + 1 AND excluded.expires_at + 60000 THEN excluded.expires_at ELSE limits.expires_at END,
    updated_at = excluded.updated_at
RETURNING key, count, expires_at;

-- name: ForgetTries :exec
DELETE FROM limits WHERE key = ?;

-- name: DeleteLimits :exec
DELETE FROM limits WHERE expires_at < ?;

-- name: CountTries :many
-- One try for each of up to three keys (an empty one counts nothing), in one statement. A window
-- begins with the first try after the last window's end. While the first key's
-- window is full only that key is counted: whoever is turned away for trying
-- too often cannot use up somebody else's tries. The second key may grow
-- (free is not 0 then): after free tries it takes in the next one only at
-- next_at, and while it refuses, the third key is not counted. A window that ends
-- later than one that began a minute from now was made by a clock that was wrong,
-- and is over, too: it would lock people out for as long as the clock was ahead.
INSERT INTO limits (key, window_start, count, expires_at, next_at, refused, created_at, updated_at)
SELECT t.k,
    COALESCE(l.window_start, CAST(sqlc.arg(now) AS INTEGER)),
    COALESCE(l.count + (l.next_at <= CAST(sqlc.arg(now) AS INTEGER)), 1),
    CASE WHEN l.key IS NULL OR (t.free > 0 AND l.next_at <= CAST(sqlc.arg(now) AS INTEGER)) THEN t.ends ELSE l.expires_at END,
    CASE WHEN l.next_at > CAST(sqlc.arg(now) AS INTEGER) THEN l.next_at
        WHEN t.free = 0 OR COALESCE(l.count, 0) + 1 < t.free THEN 0
        WHEN COALESCE(l.count, 0) + 1 - t.free >= CAST(sqlc.arg(doublings) AS INTEGER)
            THEN CAST(sqlc.arg(now) AS INTEGER) + CAST(sqlc.arg(most_pause) AS INTEGER)
        ELSE CAST(sqlc.arg(now) AS INTEGER) + (CAST(sqlc.arg(first_pause) AS INTEGER) << (COALESCE(l.count, 0) + 1 - t.free)) END,
    CASE WHEN l.next_at > CAST(sqlc.arg(now) AS INTEGER) THEN l.refused + 1 ELSE 0 END,
    CAST(sqlc.arg(now) AS INTEGER), CAST(sqlc.arg(now) AS INTEGER)
FROM (
    SELECT CAST(sqlc.arg(key1) AS TEXT) AS k, CAST(sqlc.arg(ends1) AS INTEGER) AS ends, 0 AS free
    UNION ALL SELECT CAST(sqlc.arg(key2) AS TEXT), CAST(sqlc.arg(ends2) AS INTEGER), CAST(sqlc.arg(free) AS INTEGER)
    UNION ALL SELECT CAST(sqlc.arg(key3) AS TEXT), CAST(sqlc.arg(ends3) AS INTEGER), 0
) AS t
LEFT JOIN limits AS l ON l.key = t.k AND l.expires_at BETWEEN CAST(sqlc.arg(now) AS INTEGER) + 1 AND t.ends + 60000
WHERE t.k <> '' AND (t.k = CAST(sqlc.arg(key1) AS TEXT) OR NOT EXISTS (
    SELECT 1 FROM limits AS g
    WHERE g.key = CAST(sqlc.arg(key1) AS TEXT) AND g.count >= CAST(sqlc.arg(most1) AS INTEGER) AND g.expires_at BETWEEN CAST(sqlc.arg(now) AS INTEGER) + 1 AND CAST(sqlc.arg(ends1) AS INTEGER) + 60000))
  AND (t.k <> CAST(sqlc.arg(key3) AS TEXT) OR NOT EXISTS (
    SELECT 1 FROM limits AS p
    WHERE p.key = CAST(sqlc.arg(key2) AS TEXT) AND p.next_at > CAST(sqlc.arg(now) AS INTEGER) AND p.expires_at <= CAST(sqlc.arg(ends2) AS INTEGER) + 60000))
ON CONFLICT (key) DO UPDATE SET
    window_start = excluded.window_start, count = excluded.count, expires_at = excluded.expires_at,
    next_at = excluded.next_at, refused = excluded.refused, updated_at = excluded.updated_at
RETURNING key, count, expires_at, next_at, refused;

-- name: ForgetTries :exec
DELETE FROM limits WHERE key = ?;

-- name: DeleteLimits :exec
DELETE FROM limits WHERE expires_at < ?;

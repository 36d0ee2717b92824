-- +goose Up

-- What requests with an Idempotency-Key were answered, for a day.
CREATE TABLE answers (
    id          TEXT PRIMARY KEY,                       -- SHA-256 of user, route and key
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest      TEXT NOT NULL,                          -- keyed hash of the request's body
    status      INTEGER,                                -- null while it is worked on
    body        BLOB,
    lease_until INTEGER NOT NULL,                       -- until then it is worked on
    expires_at  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX answers_user ON answers (user_id);
CREATE INDEX answers_expiry ON answers (expires_at);

-- +goose Down
DROP TABLE answers;

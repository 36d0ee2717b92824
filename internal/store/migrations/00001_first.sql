-- +goose Up

-- Aborts a transaction of writes whose last statement changed nothing: follow it
-- with INSERT INTO guard SELECT changes(), and end with DELETE FROM guard.
CREATE TABLE guard (
    ok         INTEGER NOT NULL CONSTRAINT guard_ok CHECK (ok > 0),
    created_at INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE users (
    id                 TEXT PRIMARY KEY,
    email              TEXT NOT NULL UNIQUE,            -- normalised: trimmed, lower case, domain in ASCII
    password_hash      TEXT NOT NULL,                   -- self-describing: pbkdf2-sha256$rounds$salt$hash
    subscription_tier  TEXT NOT NULL DEFAULT 'ai_buddy',
    stripe_customer_id TEXT UNIQUE,
    email_verified     INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    jwt_version        INTEGER NOT NULL DEFAULT 1,      -- raising it ends every token
    name               TEXT NOT NULL DEFAULT '',
    username           TEXT UNIQUE,                     -- made at verification
    time_zone          TEXT NOT NULL DEFAULT 'UTC',     -- IANA name
    wished_plan        TEXT,                            -- asked for at sign-up; grants nothing
    grant_tier         TEXT,                            -- the operator's grant, and until when it holds
    grant_until        INTEGER,
    grant_reason       TEXT NOT NULL DEFAULT '',
    disabled_at        INTEGER,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;

-- One-time secrets sent by mail. Each sign-up attempt carries its own password:
-- the attempt that is confirmed wins.
CREATE TABLE account_tokens (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose       TEXT NOT NULL CHECK (purpose IN ('verify', 'reset')),
    token_hash    TEXT NOT NULL UNIQUE,                 -- SHA-256 of what was mailed, hex
    password_hash TEXT,
    name          TEXT,
    time_zone     TEXT,
    wished_plan   TEXT,
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX account_tokens_user ON account_tokens (user_id);
CREATE INDEX account_tokens_expiry ON account_tokens (expires_at);

-- One row a sign-in; its id is the token's jti.
CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Counters of rate limits: one row a key, one upsert a check.
CREATE TABLE limits (
    key          TEXT PRIMARY KEY,
    window_start INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX limits_expiry ON limits (expires_at);

CREATE TABLE personas (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    traits     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(traits)),
    theme      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(theme)),
    active     INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX personas_active ON personas (user_id) WHERE active = 1;

CREATE TABLE memory_sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    summary    TEXT NOT NULL DEFAULT '',
    embedding  BLOB,                                    -- little-endian float32
    embedding_model     TEXT,
    embedding_dimension INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX memory_sessions_user ON memory_sessions (user_id, created_at);

CREATE TABLE memory_facts (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    fact_text  TEXT NOT NULL,
    confidence REAL NOT NULL DEFAULT 1.0 CHECK (confidence BETWEEN 0 AND 1),
    category   TEXT NOT NULL DEFAULT 'general',
    embedding  BLOB,
    embedding_model     TEXT,
    embedding_dimension INTEGER,
    source     TEXT NOT NULL DEFAULT '',                -- what it was learnt from: a message's id
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX memory_facts_user ON memory_facts (user_id, created_at);

CREATE TABLE memory_entities (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    entity_type TEXT NOT NULL,
    name        TEXT NOT NULL,
    attributes  TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX memory_entities_user ON memory_entities (user_id, name);

CREATE TABLE tasks (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    due_date     INTEGER,                               -- milliseconds, UTC
    due_all_day  INTEGER NOT NULL DEFAULT 0 CHECK (due_all_day IN (0, 1)),
    priority     INTEGER NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
    status       TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'cancelled')),
    recurring    TEXT,                                  -- an RRULE, or null
    remind_at    INTEGER,                               -- when to remind; null: not at all
    reminded_at  INTEGER,
    completed_at INTEGER,
    source       TEXT NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_user ON tasks (user_id, status, due_date);

-- Append-only. A correction is a negative row.
CREATE TABLE usage_records (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    feature     TEXT NOT NULL CHECK (feature IN ('voice_minutes', 'sms_messages', 'phone_numbers')),
    quantity    INTEGER NOT NULL,                       -- billable units: minutes, messages, number-months
    recorded_at INTEGER NOT NULL,                       -- the period it counts in
    measured    INTEGER NOT NULL DEFAULT 0,             -- what was measured: seconds, segments
    source_key  TEXT NOT NULL UNIQUE,                   -- "sms:SM…": what makes a replay harmless
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_records_period ON usage_records (user_id, feature, recorded_at);

-- A user's own phones. Only a proven one is the owner's, and a number is proven by
-- one user at a time.
CREATE TABLE phones (
    id             TEXT PRIMARY KEY,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    number         TEXT NOT NULL,                       -- E.164
    verified_at    INTEGER,
    code_nonce     TEXT,                                -- the code is derived from it and a secret
    code_expires_at INTEGER,
    code_attempts  INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (user_id, number)
) STRICT;
CREATE UNIQUE INDEX phones_proven ON phones (number) WHERE verified_at IS NOT NULL;

-- The assistant's numbers.
CREATE TABLE phone_numbers (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    number       TEXT NOT NULL UNIQUE,                  -- E.164
    provider_sid TEXT UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('toll_free', 'local')),
    sms_state    TEXT NOT NULL CHECK (sms_state IN ('pending_verification', 'verified', 'rejected')),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX phone_numbers_user ON phone_numbers (user_id, created_at);

-- Texts, both ways. Whose they are may be unknown: then they are quarantined.
CREATE TABLE messages (
    id           TEXT PRIMARY KEY,
    user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
    direction    TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    from_number  TEXT NOT NULL,
    to_number    TEXT NOT NULL,
    body         TEXT NOT NULL,
    media        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(media)),
    segments     INTEGER NOT NULL DEFAULT 1,
    kind         TEXT NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'keyword', 'notice', 'code')), -- only 'text' is counted
    state        TEXT NOT NULL,                         -- docs/jobs.md draws how it moves
    state_rank   INTEGER NOT NULL,                      -- states never run backwards: a lower rank is not stored
    provider_sid TEXT UNIQUE,
    error_code   TEXT NOT NULL DEFAULT '',
    quarantine   TEXT NOT NULL DEFAULT '',              -- why it was not taken in
    in_reply_to  TEXT UNIQUE,                           -- the message or task it answers: one answer each
    attempted_at INTEGER,                               -- a request to the carrier was begun
    answered_at  INTEGER,                               -- inbound: its answer was decided
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_user ON messages (user_id, created_at);

-- Persons (by number) who do not want texts. One row while it holds.
CREATE TABLE opt_outs (
    number     TEXT PRIMARY KEY,
    keyword    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL CHECK (json_valid(payload)),
    key         TEXT UNIQUE,
    lane        TEXT,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    run_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    error       TEXT NOT NULL DEFAULT '',
    note        TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (state, run_at);
CREATE INDEX jobs_lane ON jobs (lane, state) WHERE lane IS NOT NULL;

-- Append-only. Client addresses are kept here and nowhere else.
CREATE TABLE audit_events (
    id         TEXT PRIMARY KEY,
    user_id    TEXT,                                    -- no reference: it outlives the account
    actor      TEXT NOT NULL,                           -- "user", "operator", "system"
    action     TEXT NOT NULL,
    detail     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
    address    TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_events_user ON audit_events (user_id, created_at);

-- +goose Down
DROP TABLE audit_events;
DROP TABLE jobs;
DROP TABLE opt_outs;
DROP TABLE messages;
DROP TABLE phone_numbers;
DROP TABLE phones;
DROP TABLE usage_records;
DROP TABLE tasks;
DROP TABLE memory_entities;
DROP TABLE memory_facts;
DROP TABLE memory_sessions;
DROP TABLE personas;
DROP TABLE limits;
DROP TABLE sessions;
DROP TABLE account_tokens;
DROP TABLE users;
DROP TABLE guard;

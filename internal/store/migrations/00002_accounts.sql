-- +goose Up

ALTER TABLE users ADD COLUMN operator INTEGER NOT NULL DEFAULT 0 CHECK (operator IN (0, 1));
ALTER TABLE users ADD COLUMN disabled_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';          -- a label: "Firefox on Linux"
ALTER TABLE sessions ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;  -- written every quarter of an hour at most

-- Where an attempt to sign up was made, as a keyed hash.
ALTER TABLE account_tokens ADD COLUMN network TEXT NOT NULL DEFAULT '';

-- Limits that grow: when the next try is taken in, and how many were not since the last.
ALTER TABLE limits ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE limits ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;

-- What somebody has signed in with: known by its cookie's secret, or by its label
-- and where it was (a keyed hash; no address lies here).
CREATE TABLE devices (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place      TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,                    -- SHA-256 of the cookie's secret, hex
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,                        -- the last sign-in with it
    UNIQUE (user_id, place)
) STRICT;

-- A new address waits for two confirmations. Of each link only the SHA-256 of its
-- secret is kept; what was completed stays for the letters that say so.
CREATE TABLE email_changes (
    id               TEXT PRIMARY KEY,
    user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    old_email        TEXT NOT NULL,
    new_email        TEXT NOT NULL,
    old_hash         TEXT NOT NULL UNIQUE,
    new_hash         TEXT NOT NULL UNIQUE,
    cancel_hash      TEXT NOT NULL UNIQUE,
    old_confirmed_at INTEGER,
    new_confirmed_at INTEGER,
    completed_at     INTEGER,
    expires_at       INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX email_changes_pending ON email_changes (user_id) WHERE completed_at IS NULL;
CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- Names that somebody had. Mail goes to them, so for a while they are nobody
-- else's, even when the account is gone.
CREATE TABLE former_usernames (
    username   TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,                           -- no reference: it outlives the account
    until      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE former_usernames;
DROP TABLE email_changes;
DROP TABLE devices;
ALTER TABLE limits DROP COLUMN refused;
ALTER TABLE limits DROP COLUMN next_at;
ALTER TABLE account_tokens DROP COLUMN network;
ALTER TABLE sessions DROP COLUMN last_used_at;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE users DROP COLUMN disabled_reason;
ALTER TABLE users DROP COLUMN operator;

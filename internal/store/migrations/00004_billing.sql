-- +goose Up

-- What somebody pays for, of several subscriptions the one that counts: a copy, for
-- every request to read with its user, of what was last read from the payment
-- provider (plan.Subscription as JSON). billing_read_at is when that reading began:
-- an older one never replaces a newer.
ALTER TABLE users ADD COLUMN subscription TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(subscription));
ALTER TABLE users ADD COLUMN billing_read_at INTEGER NOT NULL DEFAULT 0;
-- The subscription that usage is reported to; null: to none. A grant of a higher
-- tier stands before a subscription, and what is used under it is nobody's bill.
ALTER TABLE users ADD COLUMN metered_subscription TEXT;
-- The spending cap on overage, in micro-dollars; null: the plan's default; -1: none.
ALTER TABLE users ADD COLUMN spending_cap INTEGER CHECK (spending_cap >= -1);
ALTER TABLE users ADD COLUMN spending_cap_soft INTEGER NOT NULL DEFAULT 0 CHECK (spending_cap_soft IN (0, 1));

-- Under which subscription something was used; null: under none.
ALTER TABLE usage_records ADD COLUMN subscription_id TEXT;
-- What is added up at every check is read from the index alone.
DROP INDEX usage_records_period;
CREATE INDEX usage_records_period ON usage_records (user_id, feature, recorded_at, subscription_id, quantity);
CREATE INDEX usage_records_recording ON usage_records (created_at, user_id);
-- Texts that are on their way are counted at every check.
CREATE INDEX messages_pending ON messages (user_id, created_at) WHERE state = 'queued';
-- Since when a number is nobody's; the row goes when the carrier has taken it back.
ALTER TABLE phone_numbers ADD COLUMN released_at INTEGER;

-- Every subscription that was ever seen, as it was last read.
CREATE TABLE subscriptions (
    id          TEXT PRIMARY KEY,                       -- the provider's
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id TEXT NOT NULL,
    tier        TEXT NOT NULL DEFAULT '',               -- '' where the price is not one of ours
    status      TEXT NOT NULL,
    detail      TEXT NOT NULL CHECK (json_valid(detail)), -- plan.Subscription
    read_at     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX subscriptions_user ON subscriptions (user_id, status);

-- Since when which tier's allowance counts under a subscription, from one span to
-- the next. A period begins one, and so does a change of plan inside a period.
-- Append-only.
CREATE TABLE usage_spans (
    subscription_id TEXT NOT NULL,
    starts_at       INTEGER NOT NULL,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tier            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, starts_at)
) STRICT;
CREATE INDEX usage_spans_user ON usage_spans (user_id);

-- Usage that is held for something under way, a call: it counts until it is settled
-- as a usage record, released, or expires. Numbers hold themselves.
CREATE TABLE usage_reservations (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    feature    TEXT NOT NULL CHECK (feature IN ('voice_minutes', 'sms_messages')),
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    source_key TEXT NOT NULL UNIQUE,                    -- the usage record's to be
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_reservations_user ON usage_reservations (user_id, expires_at);
CREATE INDEX usage_reservations_expiry ON usage_reservations (expires_at);

-- Usage that is to be reported to the payment provider: one row a usage record,
-- stored with it; event_id is the meter event that it became a part of.
CREATE TABLE meter_outbox (
    usage_id        TEXT PRIMARY KEY REFERENCES usage_records (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    subscription_id TEXT NOT NULL,
    feature         TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    event_id        TEXT,                               -- null: not part of one yet
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX meter_outbox_waiting ON meter_outbox (subscription_id, feature, recorded_at) WHERE event_id IS NULL;
CREATE INDEX meter_outbox_event ON meter_outbox (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX meter_outbox_user ON meter_outbox (user_id);

-- What the provider is told: usage added up. Its id is the event's identifier there,
-- which makes telling it twice harmless.
CREATE TABLE meter_events (
    id              TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id     TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    feature         TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    happened_at     INTEGER NOT NULL,                   -- inside the period that it counts in
    correction      INTEGER NOT NULL DEFAULT 0 CHECK (correction IN (0, 1)), -- no usage: it makes up for what was not taken in
    state           TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'rejected')),
    error           TEXT NOT NULL DEFAULT '',
    sent_at         INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX meter_events_state ON meter_events (state, created_at);
CREATE INDEX meter_events_day ON meter_events (customer_id, feature, happened_at);
CREATE INDEX meter_events_subscription ON meter_events (subscription_id, feature, happened_at);
CREATE INDEX meter_events_user ON meter_events (user_id);

-- An order to pay: one that is open a user, so that nobody buys twice.
CREATE TABLE checkouts (
    id           TEXT PRIMARY KEY,                      -- ours; makes repeating the request harmless
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tier         TEXT NOT NULL,
    success_path TEXT NOT NULL,
    cancel_path  TEXT NOT NULL,
    session_id   TEXT UNIQUE,                           -- the provider's; null until it answered
    url          TEXT NOT NULL DEFAULT '',
    state        TEXT NOT NULL CHECK (state IN ('open', 'complete', 'expired')),
    expires_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX checkouts_open ON checkouts (user_id) WHERE state = 'open';
CREATE INDEX checkouts_user ON checkouts (user_id);

-- Invoices, as they were last read.
CREATE TABLE invoices (
    id              TEXT PRIMARY KEY,                   -- the provider's
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id     TEXT NOT NULL,
    subscription_id TEXT,
    number          TEXT NOT NULL DEFAULT '',
    status          TEXT NOT NULL,
    currency        TEXT NOT NULL,
    total           INTEGER NOT NULL,                   -- cents
    amount_due      INTEGER NOT NULL,
    amount_paid     INTEGER NOT NULL,
    refunded        INTEGER NOT NULL DEFAULT 0,
    period_start    INTEGER NOT NULL,
    period_end      INTEGER NOT NULL,
    issued_at       INTEGER NOT NULL,
    attempted       INTEGER NOT NULL DEFAULT 0 CHECK (attempted IN (0, 1)), -- its payment was tried
    url             TEXT NOT NULL DEFAULT '',           -- the provider's page
    lines           TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lines)),
    read_at         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX invoices_user ON invoices (user_id, issued_at, id);

-- What the payment provider told us, before anything is done about it.
CREATE TABLE payment_events (
    id          TEXT PRIMARY KEY,                       -- the provider's: a replay has the same
    kind        TEXT NOT NULL,
    object_id   TEXT NOT NULL DEFAULT '',               -- what it is about
    customer_id TEXT NOT NULL DEFAULT '',               -- whose it says that is
    happened_at INTEGER NOT NULL,
    body        TEXT NOT NULL,                          -- as it came
    state       TEXT NOT NULL CHECK (state IN ('received', 'applied', 'ignored', 'alarming')),
    note        TEXT NOT NULL DEFAULT '',               -- what came of it
    applied_at  INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_events_age ON payment_events (created_at);
CREATE INDEX payment_events_state ON payment_events (state, created_at);
CREATE INDEX payment_events_happened ON payment_events (happened_at);

-- What is wrong with the money and needs a person. One row a matter, while it lasts.
CREATE TABLE billing_alerts (
    key         TEXT PRIMARY KEY,                       -- "unknown_price:price_…"
    kind        TEXT NOT NULL,
    user_id     TEXT,                                   -- whose; null: nobody's in particular. No reference: it outlives the account
    message     TEXT NOT NULL,                          -- what is wrong and what to do
    count       INTEGER NOT NULL DEFAULT 1,
    resolved_at INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- What people were told about once: "allowance:…", "cap:…", "owed:…". Append-only.
CREATE TABLE billing_notices (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;

-- +goose Down
DROP TABLE billing_notices;
DROP TABLE billing_alerts;
DROP TABLE payment_events;
DROP TABLE invoices;
DROP TABLE checkouts;
DROP TABLE meter_events;
DROP TABLE meter_outbox;
DROP TABLE usage_reservations;
DROP TABLE usage_spans;
DROP TABLE subscriptions;
ALTER TABLE phone_numbers DROP COLUMN released_at;
DROP INDEX messages_pending;
DROP INDEX usage_records_recording;
DROP INDEX usage_records_period;
CREATE INDEX usage_records_period ON usage_records (user_id, feature, recorded_at);
ALTER TABLE usage_records DROP COLUMN subscription_id;
ALTER TABLE users DROP COLUMN spending_cap_soft;
ALTER TABLE users DROP COLUMN spending_cap;
ALTER TABLE users DROP COLUMN metered_subscription;
ALTER TABLE users DROP COLUMN billing_read_at;
ALTER TABLE users DROP COLUMN subscription;

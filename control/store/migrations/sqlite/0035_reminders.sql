-- What Product Owners asked to be reminded of: told once, when it is due.
CREATE TABLE reminders (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    text       TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX reminders_due ON reminders (due_at, id);
CREATE INDEX reminders_user ON reminders (user_id, created_at, id);

-- How often a user is told how things stand, and when next.
CREATE TABLE digests (
    user_id   TEXT PRIMARY KEY,
    frequency TEXT NOT NULL,
    since     INTEGER NOT NULL,
    next_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX digests_next ON digests (next_at);

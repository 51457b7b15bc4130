-- What Product Owners asked to be reminded of: told once, when it is due.
CREATE TABLE reminders (
    id         TEXT COLLATE "C" PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    due_at     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX reminders_due ON reminders (due_at, id);
CREATE INDEX reminders_user ON reminders (user_id, created_at, id);

-- How often a user is told how things stand, and when next.
CREATE TABLE digests (
    user_id   TEXT COLLATE "C" PRIMARY KEY,
    frequency TEXT COLLATE "C" NOT NULL,
    since     BIGINT NOT NULL,
    next_at   BIGINT NOT NULL
);
CREATE INDEX digests_next ON digests (next_at);

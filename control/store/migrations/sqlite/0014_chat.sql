-- What users and their Product Owners said to each other: the entity of /api/conversations.
CREATE TABLE conversations (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    role       TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_user ON conversations (user_id, created_at, id);
CREATE INDEX conversations_order ON conversations (created_at, id);

-- Where each user's chat stands: his Product Owner, the creation or the turn that is under way, and where he
-- wrote last.
CREATE TABLE chats (
    user_id          TEXT PRIMARY KEY,
    channel          TEXT,
    address          TEXT,
    worker_id        TEXT,
    hire_id          TEXT,
    hires            INTEGER NOT NULL,
    hire_at          INTEGER,
    turn_id          TEXT,
    turn_ends        INTEGER,
    turn_channel     TEXT,
    turn_address     TEXT,
    turn_correlation TEXT,
    told_to_wait     INTEGER NOT NULL,
    asked_to_go_on   INTEGER NOT NULL,
    unasked_turns    INTEGER NOT NULL,
    needs_summary    INTEGER NOT NULL,
    talk_began       INTEGER
) STRICT;
CREATE INDEX chats_hire ON chats (hire_id) WHERE hire_id IS NOT NULL;
CREATE INDEX chats_hire_at ON chats (hire_at) WHERE hire_at IS NOT NULL;
CREATE INDEX chats_turn_ends ON chats (turn_ends) WHERE turn_ends IS NOT NULL;

-- The workers that chats have had made. A retired one is nobody's any more, but may still say something.
CREATE TABLE chat_workers (
    worker_id  TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    retired_at INTEGER
) STRICT;

-- Messages and notices that wait for their turn, in the order of their coming.
CREATE TABLE chat_line (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    channel     TEXT,
    address     TEXT,
    text        TEXT NOT NULL,
    correlation TEXT NOT NULL
) STRICT;
CREATE INDEX chat_line_user ON chat_line (user_id, seq);

-- What was taken in, so that none counts twice.
CREATE TABLE chat_seen (
    key     TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_seen_age ON chat_seen (seen_at);

-- Messages to streams that were decided and are not yet sent, in the order of their decision.
CREATE TABLE chat_outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL,
    stream     TEXT NOT NULL,
    body       TEXT NOT NULL,
    sets_key   TEXT,
    sets_value TEXT
) STRICT;

-- What users and their Product Owners said to each other: the entity of /api/conversations.
CREATE TABLE conversations (
    id         TEXT COLLATE "C" PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL,
    channel    TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX conversations_user ON conversations (user_id, created_at, id);
CREATE INDEX conversations_order ON conversations (created_at, id);

-- Where each user's chat stands: his Product Owner, the creation or the turn that is under way, and where he
-- wrote last.
CREATE TABLE chats (
    user_id          TEXT COLLATE "C" PRIMARY KEY,
    channel          TEXT COLLATE "C",
    address          TEXT COLLATE "C",
    worker_id        TEXT COLLATE "C",
    hire_id          TEXT COLLATE "C",
    hires            BIGINT NOT NULL,
    hire_at          BIGINT,
    turn_id          TEXT COLLATE "C",
    turn_ends        BIGINT,
    turn_channel     TEXT COLLATE "C",
    turn_address     TEXT COLLATE "C",
    turn_correlation TEXT COLLATE "C",
    told_to_wait     BIGINT NOT NULL,
    asked_to_go_on   BIGINT NOT NULL,
    unasked_turns    BIGINT NOT NULL,
    needs_summary    BIGINT NOT NULL,
    talk_began       BIGINT
);
CREATE INDEX chats_hire ON chats (hire_id) WHERE hire_id IS NOT NULL;
CREATE INDEX chats_hire_at ON chats (hire_at) WHERE hire_at IS NOT NULL;
CREATE INDEX chats_turn_ends ON chats (turn_ends) WHERE turn_ends IS NOT NULL;

-- The workers that chats have had made. A retired one is nobody's any more, but may still say something.
CREATE TABLE chat_workers (
    worker_id  TEXT COLLATE "C" PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL,
    retired_at BIGINT
);

-- Messages and notices that wait for their turn, in the order of their coming.
CREATE TABLE chat_line (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    channel     TEXT COLLATE "C",
    address     TEXT COLLATE "C",
    text        TEXT COLLATE "C" NOT NULL,
    correlation TEXT COLLATE "C" NOT NULL
);
CREATE INDEX chat_line_user ON chat_line (user_id, seq);

-- What was taken in, so that none counts twice.
CREATE TABLE chat_seen (
    key     TEXT COLLATE "C" PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX chat_seen_age ON chat_seen (seen_at);

-- Messages to streams that were decided and are not yet sent, in the order of their decision.
CREATE TABLE chat_outbox (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        TEXT COLLATE "C" NOT NULL,
    stream     TEXT COLLATE "C" NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    sets_key   TEXT COLLATE "C",
    sets_value TEXT COLLATE "C"
);

-- The chat as the web page has it: what users wrote there, which waits until it is in chat:inbox, and what they are shown.
CREATE TABLE chat_lines (
    id         TEXT COLLATE "C" PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    waits      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX chat_lines_user ON chat_lines (user_id, created_at, id);
CREATE INDEX chat_lines_order ON chat_lines (created_at, id);
CREATE INDEX chat_lines_waiting ON chat_lines (created_at, id) WHERE waits = 1;

-- The chat as the web page has it: what users wrote there, which waits until it is in chat:inbox, and what they are shown.
CREATE TABLE chat_lines (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    text       TEXT NOT NULL,
    waits      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_lines_user ON chat_lines (user_id, created_at, id);
CREATE INDEX chat_lines_order ON chat_lines (created_at, id);
CREATE INDEX chat_lines_waiting ON chat_lines (created_at, id) WHERE waits = 1;

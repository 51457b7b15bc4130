-- The request that a message of a conversation belongs to, and how far the rows behind traces have been read.
ALTER TABLE conversations ADD COLUMN correlation_id TEXT;
CREATE INDEX conversations_correlation ON conversations (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE TABLE trace_places (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL,
    id   TEXT NOT NULL
) STRICT;

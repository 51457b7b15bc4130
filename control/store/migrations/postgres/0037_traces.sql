-- The request that a message of a conversation belongs to, and how far the rows behind traces have been read.
ALTER TABLE conversations ADD COLUMN correlation_id TEXT COLLATE "C";
CREATE INDEX conversations_correlation ON conversations (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE TABLE trace_places (
    name TEXT COLLATE "C" PRIMARY KEY,
    at   BIGINT NOT NULL,
    id   TEXT COLLATE "C" NOT NULL
);

-- What agents said and did, as a JSON array of lines. It outlives the worker's row.
CREATE TABLE worker_transcripts (
    worker_id TEXT PRIMARY KEY,
    lines     TEXT NOT NULL,
    kept_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX worker_transcripts_age ON worker_transcripts (kept_at);

-- What agents said and did, as a JSON array of lines. It outlives the worker's row.
CREATE TABLE worker_transcripts (
    worker_id TEXT COLLATE "C" PRIMARY KEY,
    lines     TEXT COLLATE "C" NOT NULL,
    kept_at   BIGINT NOT NULL
);
CREATE INDEX worker_transcripts_age ON worker_transcripts (kept_at);

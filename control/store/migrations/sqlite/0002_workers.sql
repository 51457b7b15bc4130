-- One row for each worker that was ever asked for, until it is forgotten. `slot` is held from creation to removal: it
-- gives the worker its own uid, which no other living worker has.
CREATE TABLE workers (
    id                TEXT PRIMARY KEY,
    request_id        TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL,
    type              TEXT NOT NULL,
    config            TEXT NOT NULL,
    context           TEXT NOT NULL,
    slot              INTEGER,
    instance_id       TEXT,
    created_at        INTEGER NOT NULL,
    ended_at          INTEGER,
    exit_code         INTEGER,
    error             TEXT,
    delete_request_id TEXT
);
CREATE UNIQUE INDEX workers_slot ON workers (slot) WHERE slot IS NOT NULL;
CREATE INDEX workers_state ON workers (state, created_at);

-- Responses that are decided but not yet on their stream.
CREATE TABLE worker_responses (
    seq    INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    data   TEXT NOT NULL
);

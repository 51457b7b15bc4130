-- One row for each worker that was ever asked for, until it is forgotten. `slot` is held from creation to removal: it
-- gives the worker its own uid, which no other living worker has.
CREATE TABLE workers (
    id                TEXT COLLATE "C" PRIMARY KEY,
    request_id        TEXT COLLATE "C" NOT NULL UNIQUE,
    state             TEXT COLLATE "C" NOT NULL,
    type              TEXT COLLATE "C" NOT NULL,
    config            TEXT COLLATE "C" NOT NULL,
    context           TEXT COLLATE "C" NOT NULL,
    slot              BIGINT,
    instance_id       TEXT COLLATE "C",
    created_at        BIGINT NOT NULL,
    ended_at          BIGINT,
    exit_code         BIGINT,
    error             TEXT COLLATE "C",
    delete_request_id TEXT COLLATE "C"
);
CREATE UNIQUE INDEX workers_slot ON workers (slot) WHERE slot IS NOT NULL;
CREATE INDEX workers_state ON workers (state, created_at);

-- Responses that are decided but not yet on their stream.
CREATE TABLE worker_responses (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream TEXT COLLATE "C" NOT NULL,
    data   TEXT COLLATE "C" NOT NULL
);

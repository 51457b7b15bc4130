-- The queues of the bus and their dead letters, as the scheduler last saw them, and administrators' orders for dead letters.
CREATE TABLE queue_states (
    name      TEXT COLLATE "C" PRIMARY KEY,
    length    BIGINT NOT NULL,
    pending   BIGINT NOT NULL,
    lag       BIGINT NOT NULL,
    dead      BIGINT NOT NULL,
    looked_at BIGINT NOT NULL
);
CREATE TABLE dead_letters (
    queue     TEXT COLLATE "C" NOT NULL,
    entry_id  TEXT COLLATE "C" NOT NULL,
    failed_at BIGINT NOT NULL,
    service   TEXT COLLATE "C" NOT NULL,
    error     TEXT COLLATE "C" NOT NULL,
    attempts  BIGINT NOT NULL,
    body      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (queue, entry_id)
);
CREATE TABLE dead_letter_orders (
    queue    TEXT COLLATE "C" NOT NULL,
    entry_id TEXT COLLATE "C" NOT NULL,
    verb     TEXT COLLATE "C" NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (queue, entry_id)
);

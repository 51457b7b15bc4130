-- The queues of the bus and their dead letters, as the scheduler last saw them, and administrators' orders for dead letters.
CREATE TABLE queue_states (
    name      TEXT PRIMARY KEY,
    length    INTEGER NOT NULL,
    pending   INTEGER NOT NULL,
    lag       INTEGER NOT NULL,
    dead      INTEGER NOT NULL,
    looked_at INTEGER NOT NULL
) STRICT;
CREATE TABLE dead_letters (
    queue     TEXT NOT NULL,
    entry_id  TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    service   TEXT NOT NULL,
    error     TEXT NOT NULL,
    attempts  INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (queue, entry_id)
) STRICT;
CREATE TABLE dead_letter_orders (
    queue    TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    verb     TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (queue, entry_id)
) STRICT;

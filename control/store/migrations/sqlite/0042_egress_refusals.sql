-- Connections of workers that were refused, one row for each worker, host and port, with a count.
CREATE TABLE egress_refusals (
    id         TEXT PRIMARY KEY,
    worker_id  TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
    task_id    TEXT,
    host       TEXT NOT NULL,
    port       INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    count      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    UNIQUE (worker_id, host, port)
) STRICT;
CREATE INDEX egress_refusals_order ON egress_refusals (created_at, id);
CREATE INDEX egress_refusals_task ON egress_refusals (task_id, created_at, id);

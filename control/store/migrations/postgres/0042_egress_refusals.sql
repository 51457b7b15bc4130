-- Connections of workers that were refused, one row for each worker, host and port, with a count.
CREATE TABLE egress_refusals (
    id         TEXT COLLATE "C" PRIMARY KEY,
    worker_id  TEXT COLLATE "C" NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
    task_id    TEXT COLLATE "C",
    host       TEXT COLLATE "C" NOT NULL,
    port       BIGINT NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,
    count      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    UNIQUE (worker_id, host, port)
);
CREATE INDEX egress_refusals_order ON egress_refusals (created_at, id);
CREATE INDEX egress_refusals_task ON egress_refusals (task_id, created_at, id);

-- What people ask of flows (rows of `threads`) and workers. The API writes a row, the role that has the flow or the worker
-- carries it out once and says how it went. `task_id` is the task that the flow or worker is for: its owner sees the row.
CREATE TABLE commands (
    id         TEXT COLLATE "C" PRIMARY KEY,
    target     TEXT COLLATE "C" NOT NULL,
    target_id  TEXT COLLATE "C" NOT NULL,
    task_id    TEXT COLLATE "C",
    command    TEXT COLLATE "C" NOT NULL,
    node       TEXT COLLATE "C",
    text       TEXT COLLATE "C",
    asked_by   TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C",
    status     TEXT COLLATE "C" NOT NULL,
    taken_by   TEXT COLLATE "C",
    reason     TEXT COLLATE "C",
    next_step  TEXT COLLATE "C",
    output     TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    taken_at   BIGINT,
    ended_at   BIGINT,
    version    BIGINT NOT NULL
);
CREATE INDEX commands_page ON commands (created_at, id);
CREATE INDEX commands_target ON commands (target_id, created_at);
CREATE INDEX commands_open ON commands (target, created_at) WHERE status IN ('waiting', 'taken');

-- The graphs that daemons run, as each described them at its last start. `nodes` and `edges` are JSON: names, and pairs
-- "from -> to".
CREATE TABLE graphs (
    name       TEXT COLLATE "C" PRIMARY KEY,
    start      TEXT COLLATE "C" NOT NULL,
    nodes      TEXT COLLATE "C" NOT NULL,
    edges      TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

-- `owner` is the daemon that has the worker, `fencing` grows with every change of the row, `last_output` is the end of what
-- a worker that has ended wrote.
ALTER TABLE workers ADD COLUMN task_id TEXT COLLATE "C";
ALTER TABLE workers ADD COLUMN owner TEXT COLLATE "C";
ALTER TABLE workers ADD COLUMN fencing BIGINT NOT NULL DEFAULT 1;
ALTER TABLE workers ADD COLUMN last_output TEXT COLLATE "C";
CREATE INDEX workers_page ON workers (created_at, id);
CREATE INDEX threads_page ON threads (created_at, id);

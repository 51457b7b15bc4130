-- What people ask of flows (rows of `threads`) and workers. The API writes a row, the role that has the flow or the worker
-- carries it out once and says how it went. `task_id` is the task that the flow or worker is for: its owner sees the row.
CREATE TABLE commands (
    id         TEXT PRIMARY KEY,
    target     TEXT NOT NULL,
    target_id  TEXT NOT NULL,
    task_id    TEXT,
    command    TEXT NOT NULL,
    node       TEXT,
    text       TEXT,
    asked_by   TEXT NOT NULL,
    user_id    TEXT,
    status     TEXT NOT NULL,
    taken_by   TEXT,
    reason     TEXT,
    next_step  TEXT,
    output     TEXT,
    created_at INTEGER NOT NULL,
    taken_at   INTEGER,
    ended_at   INTEGER,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_page ON commands (created_at, id);
CREATE INDEX commands_target ON commands (target_id, created_at);
CREATE INDEX commands_open ON commands (target, created_at) WHERE status IN ('waiting', 'taken');

-- The graphs that daemons run, as each described them at its last start. `nodes` and `edges` are JSON: names, and pairs
-- "from -> to".
CREATE TABLE graphs (
    name       TEXT PRIMARY KEY,
    start      TEXT NOT NULL,
    nodes      TEXT NOT NULL,
    edges      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- `owner` is the daemon that has the worker, `fencing` grows with every change of the row, `last_output` is the end of what
-- a worker that has ended wrote.
ALTER TABLE workers ADD COLUMN task_id TEXT;
ALTER TABLE workers ADD COLUMN owner TEXT;
ALTER TABLE workers ADD COLUMN fencing INTEGER NOT NULL DEFAULT 1;
ALTER TABLE workers ADD COLUMN last_output TEXT;
CREATE INDEX workers_page ON workers (created_at, id);
CREATE INDEX threads_page ON threads (created_at, id);

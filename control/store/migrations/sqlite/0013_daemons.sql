-- One row for each daemon that ever worked on this store, by the name of its installation. It lives while `seen_at` is
-- recent and `ended_at` is empty. Lists have commas between their parts: roles, the streams it reads, the calls it executes.
CREATE TABLE daemons (
    name       TEXT PRIMARY KEY,
    host       TEXT NOT NULL,
    roles      TEXT NOT NULL,
    streams    TEXT NOT NULL,
    calls      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ended_at   INTEGER
);

-- Who may do what one of many daemons does. `fencing` grows with each new holding: what an earlier holder writes under a
-- smaller number is refused.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    fencing    INTEGER NOT NULL,
    until      INTEGER NOT NULL
);

-- Periodic tasks, each by its name: how the last run went and when the next one is due.
CREATE TABLE periodic_tasks (
    name        TEXT PRIMARY KEY,
    interval_ms INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    started_at  INTEGER,
    ended_at    INTEGER,
    daemon      TEXT,
    outcome     TEXT,
    error       TEXT,
    runs        INTEGER NOT NULL DEFAULT 0,
    failures    INTEGER NOT NULL DEFAULT 0
);

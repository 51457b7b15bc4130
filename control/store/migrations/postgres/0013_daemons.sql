-- One row for each daemon that ever worked on this store, by the name of its installation. It lives while `seen_at` is
-- recent and `ended_at` is empty. Lists have commas between their parts: roles, the streams it reads, the calls it executes.
CREATE TABLE daemons (
    name       TEXT COLLATE "C" PRIMARY KEY,
    host       TEXT COLLATE "C" NOT NULL,
    roles      TEXT COLLATE "C" NOT NULL,
    streams    TEXT COLLATE "C" NOT NULL,
    calls      TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    ended_at   BIGINT
);

-- Who may do what one of many daemons does. `fencing` grows with each new holding: what an earlier holder writes under a
-- smaller number is refused.
CREATE TABLE leases (
    name       TEXT COLLATE "C" PRIMARY KEY,
    holder     TEXT COLLATE "C" NOT NULL,
    fencing    BIGINT NOT NULL,
    until      BIGINT NOT NULL
);

-- Periodic tasks, each by its name: how the last run went and when the next one is due.
CREATE TABLE periodic_tasks (
    name        TEXT COLLATE "C" PRIMARY KEY,
    interval_ms BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    started_at  BIGINT,
    ended_at    BIGINT,
    daemon      TEXT COLLATE "C",
    outcome     TEXT COLLATE "C",
    error       TEXT COLLATE "C",
    runs        BIGINT NOT NULL DEFAULT 0,
    failures    BIGINT NOT NULL DEFAULT 0
);

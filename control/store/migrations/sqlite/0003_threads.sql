-- One durable run of a graph. `wake_at` is when somebody has to look at it: a running thread's lease end, a waiting
-- thread's deadline or the moment its mailbox got something. `fencing` grows with every claim and command.
CREATE TABLE threads (
    id         TEXT PRIMARY KEY,
    graph      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    node       TEXT NOT NULL,
    status     TEXT NOT NULL,
    step       INTEGER NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT,
    fencing    INTEGER NOT NULL,
    owner      TEXT,
    wake_at    INTEGER,
    deadline   INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX threads_subject ON threads (graph, subject);
CREATE INDEX threads_status ON threads (status, id);
CREATE INDEX threads_due ON threads (wake_at) WHERE status IN ('running', 'waiting');
CREATE INDEX threads_ended ON threads (updated_at)
    WHERE status IN ('completed', 'failed', 'cancelled');

-- What answers belong to which thread. `active` is 1 while the thread waits for the key, 0 once it has gone on without.
CREATE TABLE thread_waits (
    key       TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    active    INTEGER NOT NULL
);
CREATE INDEX thread_waits_thread ON thread_waits (thread_id);

-- Every event that was taken in, so that none counts twice; `body` only while it is still to be handled.
CREATE TABLE thread_inbox (
    key         TEXT PRIMARY KEY,
    thread_id   TEXT NOT NULL,
    body        TEXT,
    received_at INTEGER NOT NULL
);
CREATE INDEX thread_inbox_pending ON thread_inbox (thread_id, received_at) WHERE body IS NOT NULL;
CREATE INDEX thread_inbox_age ON thread_inbox (received_at);

-- Effects that were decided and not yet delivered, in the order of their decision.
CREATE TABLE thread_outbox (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    thread_id   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    target      TEXT NOT NULL,
    body        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    next_at     INTEGER NOT NULL
);
CREATE INDEX thread_outbox_owner ON thread_outbox (owner, kind, seq);
CREATE INDEX thread_outbox_thread ON thread_outbox (thread_id, seq);
CREATE INDEX thread_outbox_lease ON thread_outbox (lease_until);

-- The recent steps of a thread; older ones are dropped.
CREATE TABLE thread_steps (
    thread_id TEXT NOT NULL,
    step      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    node      TEXT NOT NULL,
    event     TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    PRIMARY KEY (thread_id, step)
) WITHOUT ROWID;

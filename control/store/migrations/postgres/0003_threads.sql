-- One durable run of a graph. `wake_at` is when somebody has to look at it: a running thread's lease end, a waiting
-- thread's deadline or the moment its mailbox got something. `fencing` grows with every claim and command.
CREATE TABLE threads (
    id         TEXT COLLATE "C" PRIMARY KEY,
    graph      TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    node       TEXT COLLATE "C" NOT NULL,
    status     TEXT COLLATE "C" NOT NULL,
    step       BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C",
    fencing    BIGINT NOT NULL,
    owner      TEXT COLLATE "C",
    wake_at    BIGINT,
    deadline   BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX threads_subject ON threads (graph, subject);
CREATE INDEX threads_status ON threads (status, id);
CREATE INDEX threads_due ON threads (wake_at) WHERE status IN ('running', 'waiting');
CREATE INDEX threads_ended ON threads (updated_at)
    WHERE status IN ('completed', 'failed', 'cancelled');

-- What answers belong to which thread. `active` is 1 while the thread waits for the key, 0 once it has gone on without.
CREATE TABLE thread_waits (
    key       TEXT COLLATE "C" PRIMARY KEY,
    thread_id TEXT COLLATE "C" NOT NULL,
    active    BIGINT NOT NULL
);
CREATE INDEX thread_waits_thread ON thread_waits (thread_id);

-- Every event that was taken in, so that none counts twice; `body` only while it is still to be handled.
CREATE TABLE thread_inbox (
    key         TEXT COLLATE "C" PRIMARY KEY,
    thread_id   TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C",
    received_at BIGINT NOT NULL
);
CREATE INDEX thread_inbox_pending ON thread_inbox (thread_id, received_at) WHERE body IS NOT NULL;
CREATE INDEX thread_inbox_age ON thread_inbox (received_at);

-- Effects that were decided and not yet delivered, in the order of their decision.
CREATE TABLE thread_outbox (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         TEXT COLLATE "C" NOT NULL UNIQUE,
    thread_id   TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    target      TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C" NOT NULL,
    owner       TEXT COLLATE "C" NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    next_at     BIGINT NOT NULL
);
CREATE INDEX thread_outbox_owner ON thread_outbox (owner, kind, seq);
CREATE INDEX thread_outbox_thread ON thread_outbox (thread_id, seq);
CREATE INDEX thread_outbox_lease ON thread_outbox (lease_until);

-- The recent steps of a thread; older ones are dropped.
CREATE TABLE thread_steps (
    thread_id TEXT COLLATE "C" NOT NULL,
    step      BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    node      TEXT COLLATE "C" NOT NULL,
    event     TEXT COLLATE "C" NOT NULL,
    outcome   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (thread_id, step)
);

-- A worker belongs to the daemon that made it, and slots are that daemon's own: each has users of its own. A response is
-- sent by the daemon that decided it. `forgotten_at` is when an administrator said that a daemon will not come back.
DROP INDEX workers_slot;
CREATE UNIQUE INDEX workers_slot ON workers (owner, slot) WHERE slot IS NOT NULL;
ALTER TABLE worker_responses ADD COLUMN owner TEXT;
ALTER TABLE daemons ADD COLUMN forgotten_at BIGINT;

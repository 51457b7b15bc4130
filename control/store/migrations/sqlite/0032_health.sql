-- The looks at each deployment and each server, counted by the hour; `subject` is its id. From them comes the share of looks
-- that were answered in the last day and week, in thousandths.
CREATE TABLE health_hours (
    subject TEXT NOT NULL,
    begins  INTEGER NOT NULL,
    hits    INTEGER NOT NULL,
    misses  INTEGER NOT NULL,
    PRIMARY KEY (subject, begins)
) STRICT, WITHOUT ROWID;
CREATE INDEX health_hours_age ON health_hours (begins);
ALTER TABLE service_deployments ADD COLUMN uptime_day INTEGER;
ALTER TABLE service_deployments ADD COLUMN uptime_week INTEGER;
ALTER TABLE service_deployments ADD COLUMN certificate_until INTEGER;

-- How often in a row a look found one thing about a server bad, or good.
CREATE TABLE server_checks (
    server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    type      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    bad       INTEGER NOT NULL,
    good      INTEGER NOT NULL,
    PRIMARY KEY (server_id, type, subject)
) STRICT, WITHOUT ROWID;

-- When admins were told of an incident, and that it is over; and when they were last told of its kind.
ALTER TABLE incidents ADD COLUMN told_at INTEGER;
ALTER TABLE incidents ADD COLUMN end_told_at INTEGER;
CREATE TABLE notice_times (
    kind    TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL
) STRICT;

-- The looks at each deployment and each server, counted by the hour; `subject` is its id. From them comes the share of looks
-- that were answered in the last day and week, in thousandths.
CREATE TABLE health_hours (
    subject TEXT COLLATE "C" NOT NULL,
    begins  BIGINT NOT NULL,
    hits    BIGINT NOT NULL,
    misses  BIGINT NOT NULL,
    PRIMARY KEY (subject, begins)
);
CREATE INDEX health_hours_age ON health_hours (begins);
ALTER TABLE service_deployments ADD COLUMN uptime_day BIGINT;
ALTER TABLE service_deployments ADD COLUMN uptime_week BIGINT;
ALTER TABLE service_deployments ADD COLUMN certificate_until BIGINT;

-- How often in a row a look found one thing about a server bad, or good.
CREATE TABLE server_checks (
    server_id TEXT COLLATE "C" NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    type      TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    bad       BIGINT NOT NULL,
    good      BIGINT NOT NULL,
    PRIMARY KEY (server_id, type, subject)
);

-- When admins were told of an incident, and that it is over; and when they were last told of its kind.
ALTER TABLE incidents ADD COLUMN told_at BIGINT;
ALTER TABLE incidents ADD COLUMN end_told_at BIGINT;
CREATE TABLE notice_times (
    kind    TEXT COLLATE "C" PRIMARY KEY,
    told_at BIGINT NOT NULL
);

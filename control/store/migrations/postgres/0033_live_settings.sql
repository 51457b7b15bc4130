-- Settings that somebody changed while the daemon ran: they count in place of the environment's. Each change stays for a
-- while, with who made it; a value that is absent gave the setting back to the environment.
CREATE TABLE live_settings (
    name       TEXT COLLATE "C" PRIMARY KEY,
    value      TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE setting_changes (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C",
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX setting_changes_order ON setting_changes (changed_at, id);

-- Settings that somebody changed while the daemon ran: they count in place of the environment's. Each change stays for a
-- while, with who made it; a value that is absent gave the setting back to the environment.
CREATE TABLE live_settings (
    name       TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE setting_changes (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    value      TEXT,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX setting_changes_order ON setting_changes (changed_at, id);

-- What is known of a server beyond its place. `provider` is whose list it came from (empty: somebody added it by hand),
-- `missed` how often in a row that list did not have it.
ALTER TABLE servers ADD COLUMN is_managed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN ssh_user TEXT NOT NULL DEFAULT 'root';
ALTER TABLE servers ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE servers ADD COLUMN provisioning_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN provisioning_started_at INTEGER;
ALTER TABLE servers ADD COLUMN usage TEXT NOT NULL DEFAULT '{}';
ALTER TABLE servers ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN details_at INTEGER NOT NULL DEFAULT 0;

-- The last request to provision a server: one row a server. `attempts`: that it has begun; `sent`: its message
-- is on the queue.
CREATE TABLE provisioning_requests (
    server_id       TEXT PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    request_id      TEXT NOT NULL,
    force_reinstall INTEGER NOT NULL,
    is_recovery     INTEGER NOT NULL,
    requested_at    INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    sent            INTEGER NOT NULL DEFAULT 0
);

-- How a server is reached: the host keys that it showed at first contact, and the password of its first minutes, sealed.
CREATE TABLE server_access (
    server_id TEXT PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    host_keys TEXT NOT NULL DEFAULT '',
    password  TEXT NOT NULL DEFAULT ''
);

-- The key pairs of this installation; the private half is sealed.
CREATE TABLE installation_keys (
    name        TEXT PRIMARY KEY,
    public_key  TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at  INTEGER NOT NULL
);

-- An incident may be about no single server: that of a provider that fails.
CREATE TABLE incidents_new (
    id          TEXT PRIMARY KEY,
    server_id   TEXT REFERENCES servers (id),
    severity    TEXT NOT NULL,
    status      TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    version     INTEGER NOT NULL,
    type        TEXT NOT NULL DEFAULT 'server_unreachable',
    subject     TEXT,
    details     TEXT NOT NULL DEFAULT '{}'
) STRICT;
INSERT INTO incidents_new SELECT id, server_id, severity, status, title, description, created_at, resolved_at, version,
    type, subject, details FROM incidents;
DROP TABLE incidents;
ALTER TABLE incidents_new RENAME TO incidents;
CREATE INDEX incidents_order ON incidents (created_at, id);
CREATE INDEX incidents_server ON incidents (server_id, created_at, id);
CREATE UNIQUE INDEX incidents_open ON incidents (COALESCE(server_id, ''), type, subject) WHERE status = 'open';

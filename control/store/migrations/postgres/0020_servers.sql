-- What is known of a server beyond its place. `provider` is whose list it came from (empty: somebody added it by hand),
-- `missed` how often in a row that list did not have it.
ALTER TABLE servers ADD COLUMN is_managed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN ssh_user TEXT COLLATE "C" NOT NULL DEFAULT 'root';
ALTER TABLE servers ADD COLUMN labels TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE servers ADD COLUMN provisioning_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN provisioning_started_at BIGINT;
ALTER TABLE servers ADD COLUMN usage TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE servers ADD COLUMN provider TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN details_at BIGINT NOT NULL DEFAULT 0;

-- The last request to provision a server: one row a server. `attempts`: that it has begun; `sent`: its message
-- is on the queue.
CREATE TABLE provisioning_requests (
    server_id       TEXT COLLATE "C" PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    request_id      TEXT COLLATE "C" NOT NULL,
    force_reinstall BIGINT NOT NULL,
    is_recovery     BIGINT NOT NULL,
    requested_at    BIGINT NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    sent            BIGINT NOT NULL DEFAULT 0
);

-- How a server is reached: the host keys that it showed at first contact, and the password of its first minutes, sealed.
CREATE TABLE server_access (
    server_id TEXT COLLATE "C" PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    host_keys TEXT COLLATE "C" NOT NULL DEFAULT '',
    password  TEXT COLLATE "C" NOT NULL DEFAULT ''
);

-- The key pairs of this installation; the private half is sealed.
CREATE TABLE installation_keys (
    name        TEXT COLLATE "C" PRIMARY KEY,
    public_key  TEXT COLLATE "C" NOT NULL,
    private_key TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL
);

-- An incident may be about no single server: that of a provider that fails.
ALTER TABLE incidents ALTER COLUMN server_id DROP NOT NULL;
DROP INDEX incidents_open;
CREATE UNIQUE INDEX incidents_open ON incidents (COALESCE(server_id, ''), type, subject) WHERE status = 'open';

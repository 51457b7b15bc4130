CREATE TABLE servers (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    handle            TEXT NOT NULL UNIQUE,
    ip_address        TEXT NOT NULL,
    status            TEXT NOT NULL,
    provider_id       TEXT NOT NULL,
    specs             TEXT NOT NULL,
    last_health_check INTEGER,
    created_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL
) STRICT;
CREATE INDEX servers_order ON servers (created_at, id);

CREATE TABLE incidents (
    id          TEXT PRIMARY KEY,
    server_id   TEXT NOT NULL REFERENCES servers (id),
    severity    TEXT NOT NULL,
    status      TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    version     INTEGER NOT NULL
) STRICT;
CREATE INDEX incidents_order ON incidents (created_at, id);
CREATE INDEX incidents_server ON incidents (server_id, created_at, id);

-- `created_at` orders the lists; what the API shows is `deployed_at`, which may change.
CREATE TABLE service_deployments (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES projects (id),
    server_id    TEXT NOT NULL REFERENCES servers (id),
    service_name TEXT NOT NULL,
    port         INTEGER NOT NULL,
    status       TEXT NOT NULL,
    url          TEXT,
    deployed_at  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL
) STRICT;
CREATE INDEX service_deployments_order ON service_deployments (created_at, id);
CREATE INDEX service_deployments_project ON service_deployments (project_id, created_at, id);
CREATE INDEX service_deployments_server ON service_deployments (server_id, created_at, id);

CREATE TABLE allocations (
    id           TEXT PRIMARY KEY,
    server_id    TEXT NOT NULL REFERENCES servers (id),
    project_id   TEXT NOT NULL REFERENCES projects (id),
    service_name TEXT NOT NULL,
    port         INTEGER NOT NULL,
    allocated_at INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    UNIQUE (server_id, port)
) STRICT;
CREATE INDEX allocations_order ON allocations (created_at, id);
CREATE INDEX allocations_project ON allocations (project_id, created_at, id);

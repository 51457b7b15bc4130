CREATE TABLE servers (
    id                TEXT COLLATE "C" PRIMARY KEY,
    name              TEXT COLLATE "C" NOT NULL,
    handle            TEXT COLLATE "C" NOT NULL UNIQUE,
    ip_address        TEXT COLLATE "C" NOT NULL,
    status            TEXT COLLATE "C" NOT NULL,
    provider_id       TEXT COLLATE "C" NOT NULL,
    specs             TEXT COLLATE "C" NOT NULL,
    last_health_check BIGINT,
    created_at        BIGINT NOT NULL,
    version           BIGINT NOT NULL
);
CREATE INDEX servers_order ON servers (created_at, id);

CREATE TABLE incidents (
    id          TEXT COLLATE "C" PRIMARY KEY,
    server_id   TEXT COLLATE "C" NOT NULL REFERENCES servers (id),
    severity    TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    created_at  BIGINT NOT NULL,
    resolved_at BIGINT,
    version     BIGINT NOT NULL
);
CREATE INDEX incidents_order ON incidents (created_at, id);
CREATE INDEX incidents_server ON incidents (server_id, created_at, id);

-- `created_at` orders the lists; what the API shows is `deployed_at`, which may change.
CREATE TABLE service_deployments (
    id           TEXT COLLATE "C" PRIMARY KEY,
    project_id   TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
    server_id    TEXT COLLATE "C" NOT NULL REFERENCES servers (id),
    service_name TEXT COLLATE "C" NOT NULL,
    port         BIGINT NOT NULL,
    status       TEXT COLLATE "C" NOT NULL,
    url          TEXT COLLATE "C",
    deployed_at  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX service_deployments_order ON service_deployments (created_at, id);
CREATE INDEX service_deployments_project ON service_deployments (project_id, created_at, id);
CREATE INDEX service_deployments_server ON service_deployments (server_id, created_at, id);

CREATE TABLE allocations (
    id           TEXT COLLATE "C" PRIMARY KEY,
    server_id    TEXT COLLATE "C" NOT NULL REFERENCES servers (id),
    project_id   TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
    service_name TEXT COLLATE "C" NOT NULL,
    port         BIGINT NOT NULL,
    allocated_at BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    UNIQUE (server_id, port)
);
CREATE INDEX allocations_order ON allocations (created_at, id);
CREATE INDEX allocations_project ON allocations (project_id, created_at, id);

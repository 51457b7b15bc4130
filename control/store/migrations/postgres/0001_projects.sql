-- `version` counts a row's changes: the ETag of the API. Times are milliseconds since 1970 UTC.
CREATE TABLE users (
    id          TEXT COLLATE "C" PRIMARY KEY,
    telegram_id TEXT COLLATE "C" NOT NULL UNIQUE,
    is_admin    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX users_order ON users (created_at, id);

-- `owner_id` is a user's id, without a reference: a bot may know users that this store does not.
CREATE TABLE projects (
    id             TEXT COLLATE "C" PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    description    TEXT COLLATE "C",
    status         TEXT COLLATE "C" NOT NULL,
    modules        TEXT COLLATE "C" NOT NULL,
    repository_url TEXT COLLATE "C",
    github_repo_id TEXT COLLATE "C",
    owner_id       TEXT COLLATE "C",
    project_spec   TEXT COLLATE "C",
    created_at     BIGINT NOT NULL,
    version        BIGINT NOT NULL
);
CREATE INDEX projects_order ON projects (created_at, id);
CREATE INDEX projects_owner ON projects (owner_id, created_at, id);
CREATE INDEX projects_status ON projects (status, created_at, id);

CREATE TABLE tasks (
    id         TEXT COLLATE "C" PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
    type       TEXT COLLATE "C" NOT NULL,
    status     TEXT COLLATE "C" NOT NULL,
    spec       TEXT COLLATE "C",
    result     TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    version    BIGINT NOT NULL
);
CREATE INDEX tasks_order ON tasks (created_at, id);
CREATE INDEX tasks_project ON tasks (project_id, created_at, id);
CREATE INDEX tasks_status ON tasks (status, created_at, id);

-- `task_id` without a reference: other producers' tasks are executed too.
CREATE TABLE task_executions (
    id          TEXT COLLATE "C" PRIMARY KEY,
    task_id     TEXT COLLATE "C",
    worker_id   TEXT COLLATE "C" NOT NULL,
    started_at  BIGINT,
    finished_at BIGINT,
    duration_ms BIGINT,
    exit_code   BIGINT,
    status      TEXT COLLATE "C" NOT NULL,
    result_data TEXT COLLATE "C",
    created_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX task_executions_order ON task_executions (created_at, id);
CREATE INDEX task_executions_task ON task_executions (task_id, created_at, id);
CREATE INDEX task_executions_worker ON task_executions (worker_id, created_at, id);

-- A token is found by its public prefix and believed by the SHA-256 of the whole.
CREATE TABLE tokens (
    prefix           TEXT COLLATE "C" PRIMARY KEY,
    name             TEXT COLLATE "C" NOT NULL,
    role             TEXT COLLATE "C" NOT NULL,
    digest           TEXT COLLATE "C" NOT NULL,
    user_id          TEXT COLLATE "C",
    worker_id        TEXT COLLATE "C",
    task_id          TEXT COLLATE "C",
    scopes           TEXT COLLATE "C" NOT NULL,
    speaks_for_users BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT,
    revoked_at       BIGINT
);
CREATE INDEX tokens_worker ON tokens (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX tokens_order ON tokens (created_at, prefix);

-- The answer to a POST, for the same POST sent again.
CREATE TABLE idempotency_keys (
    caller      TEXT COLLATE "C" NOT NULL,
    route       TEXT COLLATE "C" NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    body_digest TEXT COLLATE "C" NOT NULL,
    answer      TEXT COLLATE "C" NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

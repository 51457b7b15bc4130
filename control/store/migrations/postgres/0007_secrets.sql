-- Values are sealed (control/vault) under a key that is not in here.
CREATE TABLE project_secrets (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);
CREATE INDEX project_secrets_order ON project_secrets (project_id, created_at, name);

-- One row, sealed as they are: whether a key is the right one.
CREATE TABLE secrets_check (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    sealed TEXT COLLATE "C" NOT NULL
);

-- Values are sealed (control/vault) under a key that is not in here.
CREATE TABLE project_secrets (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT;
CREATE INDEX project_secrets_order ON project_secrets (project_id, created_at, name);

-- One row, sealed as they are: whether a key is the right one.
CREATE TABLE secrets_check (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    sealed TEXT NOT NULL
) STRICT;

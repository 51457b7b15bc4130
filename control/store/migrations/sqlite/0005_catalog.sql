CREATE TABLE agent_configs (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    type          TEXT NOT NULL,
    model         TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    is_active     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL
) STRICT;
CREATE INDEX agent_configs_order ON agent_configs (created_at, id);

-- What is told of a key. What it is believed by is its row among the tokens.
CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    version      INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_order ON api_keys (created_at, id);
ALTER TABLE tokens ADD COLUMN api_key_id TEXT;
ALTER TABLE tokens ADD COLUMN used_at INTEGER;
CREATE INDEX tokens_api_key ON tokens (api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE available_models (
    id             TEXT PRIMARY KEY,
    provider       TEXT NOT NULL,
    name           TEXT NOT NULL,
    context_window INTEGER,
    input_price    TEXT,
    output_price   TEXT,
    created_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL
) STRICT;
CREATE INDEX available_models_order ON available_models (created_at, id);

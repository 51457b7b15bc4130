-- What a forge reported about its repositories: each delivery once, and whether flows have heard of it.
CREATE TABLE forge_deliveries (
    id         TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    event      TEXT NOT NULL,
    heard      INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX forge_deliveries_order ON forge_deliveries (heard, created_at);

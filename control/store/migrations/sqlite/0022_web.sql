-- Ways into the web page. A link's and a cookie's secret is believed by its SHA-256, and is no more than the token
-- that it was made with: without that token's row there is none.
CREATE TABLE web_links (
    digest     TEXT PRIMARY KEY,
    token      TEXT NOT NULL REFERENCES tokens (prefix) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX web_links_token ON web_links (token);
CREATE INDEX web_links_expiry ON web_links (expires_at);

CREATE TABLE web_sessions (
    id         TEXT PRIMARY KEY,
    digest     TEXT NOT NULL UNIQUE,
    token      TEXT NOT NULL REFERENCES tokens (prefix) ON DELETE CASCADE,
    browser    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX web_sessions_token ON web_sessions (token, created_at, id);
CREATE INDEX web_sessions_expiry ON web_sessions (expires_at);

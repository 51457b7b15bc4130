-- Changes made through the API: who, what, when. Rows are added in the transaction of the change and are never changed.
CREATE TABLE audit_log (
    id         TEXT PRIMARY KEY,
    caller     TEXT NOT NULL,
    role       TEXT NOT NULL,
    user_id    TEXT,
    action     TEXT NOT NULL,
    subject    TEXT,
    fields     TEXT,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_log_order ON audit_log (created_at, id);
CREATE INDEX audit_log_subject ON audit_log (subject, created_at, id);
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are never changed');
END;

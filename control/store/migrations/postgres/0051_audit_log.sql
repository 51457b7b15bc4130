-- Changes made through the API: who, what, when. Rows are added in the transaction of the change and are never changed.
CREATE TABLE audit_log (
    id         TEXT COLLATE "C" PRIMARY KEY,
    caller     TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C",
    action     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C",
    fields     TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX audit_log_order ON audit_log (created_at, id);
CREATE INDEX audit_log_subject ON audit_log (subject, created_at, id);
CREATE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of the audit log are never changed';
END
$$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_stays();

-- The request under which a task was asked for: its message has the same, whoever sends it.
ALTER TABLE tasks ADD COLUMN request_id TEXT;

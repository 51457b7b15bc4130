-- How far the wall clock was ahead of the steady one when times of this name were last looked at, and in which boot of
-- the machine: a difference is a step, by which those times are moved.
CREATE TABLE clock_marks (
    name     TEXT PRIMARY KEY,
    boot     TEXT NOT NULL,
    ahead_ms BIGINT NOT NULL
);

-- Since when a worker is frozen because nobody talks to it; NULL: it is not. `receipt` is how its last turn ended, as
-- worker-wrapper reported it: JSON, kept when the worker is gone.
ALTER TABLE workers ADD COLUMN paused_at INTEGER;
ALTER TABLE workers ADD COLUMN receipt TEXT;

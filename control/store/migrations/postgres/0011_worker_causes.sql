-- Why a worker ended, as a name that programs read; NULL while it lives, and for those that ended before this column.
ALTER TABLE workers ADD COLUMN end_cause TEXT;

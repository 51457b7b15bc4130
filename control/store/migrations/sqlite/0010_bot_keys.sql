-- A bot's key says with each request for which user it asks.
ALTER TABLE api_keys ADD COLUMN speaks_for_users INTEGER NOT NULL DEFAULT 0;

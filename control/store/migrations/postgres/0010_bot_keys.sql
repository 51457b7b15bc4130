-- A bot's key says with each request for which user it asks.
ALTER TABLE api_keys ADD COLUMN speaks_for_users BIGINT NOT NULL DEFAULT 0;

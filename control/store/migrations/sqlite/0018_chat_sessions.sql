-- The agent's own session of a chat, for the user's next Product Owner, and when it was last used.
ALTER TABLE chats ADD COLUMN session_id TEXT;
ALTER TABLE chats ADD COLUMN session_used INTEGER;

-- How far each bot has read, and when it last read something: Telegram counts from a random number after a week
-- without updates.
CREATE TABLE telegram_bots (
    bot_id      TEXT PRIMARY KEY,
    next_update INTEGER NOT NULL,
    read_at     INTEGER NOT NULL
) STRICT;

-- People who are not users, and when they were told so.
CREATE TABLE telegram_strangers (
    telegram_id TEXT PRIMARY KEY,
    told_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX telegram_strangers_age ON telegram_strangers (told_at);

-- Replies on their way, in their order within a chat, and how many of their messages have arrived.
CREATE TABLE telegram_replies (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL,
    bot_id     TEXT NOT NULL,
    chat_id    TEXT NOT NULL,
    markdown   INTEGER NOT NULL,
    text       TEXT NOT NULL,
    parts_sent INTEGER NOT NULL
) STRICT;
CREATE INDEX telegram_replies_chat ON telegram_replies (bot_id, chat_id, seq);

-- How far each bot has read, and when it last read something: Telegram counts from a random number after a week
-- without updates.
CREATE TABLE telegram_bots (
    bot_id      TEXT COLLATE "C" PRIMARY KEY,
    next_update BIGINT NOT NULL,
    read_at     BIGINT NOT NULL
);

-- People who are not users, and when they were told so.
CREATE TABLE telegram_strangers (
    telegram_id TEXT COLLATE "C" PRIMARY KEY,
    told_at     BIGINT NOT NULL
);
CREATE INDEX telegram_strangers_age ON telegram_strangers (told_at);

-- Replies on their way, in their order within a chat, and how many of their messages have arrived.
CREATE TABLE telegram_replies (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id TEXT COLLATE "C" NOT NULL,
    bot_id     TEXT COLLATE "C" NOT NULL,
    chat_id    TEXT COLLATE "C" NOT NULL,
    markdown   BIGINT NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    parts_sent BIGINT NOT NULL
);
CREATE INDEX telegram_replies_chat ON telegram_replies (bot_id, chat_id, seq);

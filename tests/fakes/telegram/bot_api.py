"""What Telegram knows of a few bots: their updates, and the messages in their private chats. Pure state; the caller
holds the lock. Refusals carry Telegram's own codes and words."""

import collections
import re
import time

import updates as samples

LONGEST = 4096
STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"}


class Refusal(Exception):
    def __init__(self, code, description, **parameters):
        self.code, self.description, self.parameters = code, description, parameters


def units(text):
    return len(text.encode("utf-16-le")) // 2


def check_entities(text, entities):
    """Harder than Telegram, which would mend some of this in silence."""
    raw = text.encode("utf-16-le")
    if len(entities) > 100:
        raise Refusal(400, "Bad Request: too many entities")
    spans = []
    for one in entities:
        begin, end = one["offset"], one["offset"] + one["length"]
        if one["type"] not in STYLES or one["length"] <= 0 or begin < 0 or end > len(raw) // 2:
            raise Refusal(400, f"Bad Request: invalid entity {one}")
        for at in (begin, end):
            if at * 2 < len(raw) and 0xDC <= raw[at * 2 + 1] < 0xE0:
                raise Refusal(400, f"Bad Request: entity {one} cuts a character")
        if one["type"] == "text_link" and not re.match(r"https?://\S", one.get("url", "")):
            raise Refusal(400, f"Bad Request: invalid URL in {one}")
        spans.append((begin, end, one["type"]))
    for index, (begin, end, style) in enumerate(spans):
        for other_begin, other_end, other in spans[index + 1:]:
            apart = end <= other_begin or other_end <= begin
            nested = (begin <= other_begin and other_end <= end) or (other_begin <= begin and end <= other_end)
            if not apart and (not nested or {style, other} & {"code", "pre"}):
                raise Refusal(400, "Bad Request: entities cross each other")


class Bot:
    def __init__(self, number):
        self.user = {"id": number, "is_bot": True, "first_name": f"Bot {number}", "username": f"the{number}_bot"}
        self.waiting = collections.deque()
        self.next_update = 1000
        self.next_message = collections.Counter()
        self.messages = {}  # by chat and message_id
        self.poll = 0  # number of getUpdates calls; only the newest is served
        self.presses = set()

    def add(self, kind, content, update_id=None):
        number = self.next_update if update_id is None else update_id
        self.next_update = max(self.next_update, number + 1)
        if kind == "callback_query":
            self.presses.add(content["id"])
        self.waiting.append({"update_id": number, kind: content})
        return number

    def confirm(self, offset):
        while offset is not None and self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()


class BotApi:
    def __init__(self):
        self.bots = {}  # by token
        self.blocked, self.unknown_chats, self.webhooks = set(), set(), set()

    def bot(self, token):
        number = token.partition(":")[0]
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
            raise Refusal(404, "Not Found")
        if token not in self.bots:
            raise Refusal(401, "Unauthorized")
        assert self.bots[token].user["id"] == int(number)
        return self.bots[token]

    def add_bot(self, token):
        self.bots.setdefault(token, Bot(int(token.partition(":")[0])))

    def named(self, number):
        return next(bot for bot in self.bots.values() if bot.user["id"] == number)

    def chat(self, chat_id):
        if chat_id in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat_id <= 0 or chat_id in self.unknown_chats:
            raise Refusal(400, "Bad Request: chat not found")
        return samples.private_chat(chat_id)

    @staticmethod
    def text_of(parameters):
        text = parameters.get("text", "")
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if units(text) > LONGEST:
            raise Refusal(400, "Bad Request: message is too long")
        entities = parameters.get("entities") or []
        check_entities(text, entities)
        return {"text": text, **({"entities": entities} if entities else {})}

    def getMe(self, bot, _):
        return {**bot.user, "can_join_groups": True, "can_read_all_group_messages": False,
                "supports_inline_queries": False}

    def sendMessage(self, bot, parameters):
        chat = self.chat(int(parameters["chat_id"]))
        content = self.text_of(parameters)
        bot.next_message[chat["id"]] += 1
        number = bot.next_message[chat["id"]]
        message = {"message_id": number, "date": int(time.time()), "from": bot.user, "chat": chat, **content}
        bot.messages[chat["id"], number] = message
        return message

    def editMessageText(self, bot, parameters):
        chat = self.chat(int(parameters["chat_id"]))
        before = bot.messages.get((chat["id"], int(parameters["message_id"])))
        if before is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        content = self.text_of(parameters)
        if (before["text"], before.get("entities")) == (content["text"], content.get("entities")):
            raise Refusal(400, "Bad Request: message is not modified")
        message = {key: value for key, value in before.items() if key != "entities"}
        message.update(content, edit_date=int(time.time()))
        bot.messages[chat["id"], message["message_id"]] = message
        return message

    def answerCallbackQuery(self, bot, parameters):
        if parameters["callback_query_id"] not in bot.presses:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        bot.presses.discard(parameters["callback_query_id"])
        return True

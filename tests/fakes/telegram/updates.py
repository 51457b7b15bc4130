"""One update of each kind that a bot may be sent, as Telegram writes them. `person` is who causes it, in a private
chat with the bot where there is such a thing."""

import time

BOSS = {"id": 4242, "is_bot": False, "first_name": "Boss"}
GROUP = {"id": -1001, "type": "supergroup", "title": "The group"}


def person_of(number):
    return {"id": number, "is_bot": False, "first_name": f"Person {number}", "language_code": "en"}


def private_chat(number):
    return {"id": number, "type": "private", "first_name": f"Person {number}"}


def message(number, **content):
    return {"message_id": content.pop("message_id", 1), "date": int(time.time()), "from": person_of(number),
            "chat": content.pop("chat", private_chat(number)), **content}


def command_entities(text):
    if not text.startswith("/"):
        return {}
    length = len(text.split()[0].encode("utf-16-le")) // 2
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def text_message(number, text):
    return message(number, text=text, **command_entities(text))


def press(number, data, press_id):
    return {"id": press_id, "from": person_of(number), "chat_instance": "77", "data": data,
            "message": message(number, text="Which one?")}


def _file(**more):
    return {"file_id": "F", "file_unique_id": "U", **more}


def contents(number):
    """Messages that a person writes, without a text or with a caption."""
    picture = _file(width=90, height=90)
    sticker = _file(type="regular", width=512, height=512, is_animated=False, is_video=False)
    return [message(number, photo=[picture]), message(number, photo=[picture], caption="a caption"),
            message(number, voice=_file(duration=3)), message(number, document=_file(file_name="a.txt")),
            message(number, sticker=sticker), message(number, location={"latitude": 1.5, "longitude": 2.5}),
            message(number, contact={"phone_number": "+1", "first_name": "A"}),
            message(number, dice={"emoji": "🎲", "value": 3})]


def reports(number):
    """Messages that nobody wrote."""
    return [message(number, pinned_message=message(number, text="pinned")),
            message(number, message_auto_delete_timer_changed={"message_auto_delete_time": 60}),
            message(number, chat=GROUP, new_chat_members=[person_of(number)]),
            message(number, chat=GROUP, text="said in a group"),
            message(number, chat=GROUP, group_chat_created=True)]


def other_kinds(number):
    """Everything but `message` and `callback_query`: {kind: what the update holds under it}."""
    now = int(time.time())
    person, chat = person_of(number), private_chat(number)
    member = {"user": person, "status": "member"}
    left = {"user": person, "status": "left"}
    changed = {"chat": GROUP, "from": person, "date": now, "old_chat_member": left, "new_chat_member": member}
    reaction = {"type": "emoji", "emoji": "👍"}
    boost = {"source": "premium", "user": person}
    post = {"message_id": 5, "date": now, "chat": {"id": -1002, "type": "channel", "title": "News"}, "text": "news"}
    poll = {"id": "9", "question": "?", "options": [{"persistent_id": "a", "text": "yes", "voter_count": 1}],
            "total_voter_count": 1, "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False, "allows_revoting": True, "members_only": False}
    address = {"country_code": "DE", "state": "", "city": "B", "street_line1": "", "street_line2": "", "post_code": "1"}
    written = message(number, text="not for the chat")
    return {
        "edited_message": {**written, "edit_date": now},
        "channel_post": post,
        "edited_channel_post": {**post, "edit_date": now},
        "business_connection": {"id": "b", "user": person, "user_chat_id": number, "date": now, "is_enabled": True},
        "business_message": {**written, "business_connection_id": "b"},
        "edited_business_message": {**written, "business_connection_id": "b", "edit_date": now},
        "deleted_business_messages": {"business_connection_id": "b", "chat": chat, "message_ids": [1, 2]},
        "guest_message": written,
        "message_reaction": {"chat": chat, "message_id": 1, "user": person, "date": now, "old_reaction": [],
                             "new_reaction": [reaction]},
        "message_reaction_count": {"chat": GROUP, "message_id": 1, "date": now,
                                   "reactions": [{"type": reaction, "total_count": 2}]},
        "inline_query": {"id": "i", "from": person, "query": "q", "offset": ""},
        "chosen_inline_result": {"result_id": "r", "from": person, "query": "q"},
        "shipping_query": {"id": "s", "from": person, "invoice_payload": "p", "shipping_address": address},
        "pre_checkout_query": {"id": "c", "from": person, "currency": "EUR", "total_amount": 100,
                               "invoice_payload": "p"},
        "purchased_paid_media": {"from": person, "paid_media_payload": "p"},
        "poll": poll,
        "poll_answer": {"poll_id": "9", "user": person, "option_ids": [0], "option_persistent_ids": ["a"]},
        "my_chat_member": {**changed, "chat": chat},
        "chat_member": changed,
        "chat_join_request": {"chat": GROUP, "from": person, "user_chat_id": number, "date": now},
        "chat_boost": {"chat": GROUP, "boost": {"boost_id": "1", "add_date": now, "expiration_date": now + 60,
                                                "source": boost}},
        "removed_chat_boost": {"chat": GROUP, "boost_id": "1", "remove_date": now, "source": boost},
        "managed_bot": {"user": person, "bot": {"id": 99, "is_bot": True, "first_name": "Other"}},
        "subscription": {"user": person, "invoice_payload": "p", "state": "active"},
        "stopped_message_generation": {"chat": chat, "draft_id": 3},
    }

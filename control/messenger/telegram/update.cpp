#include "control/messenger/telegram/update.h"

#include <algorithm>

namespace control::telegram {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;

namespace {

// A message with one of these was written by a person; other messages report something, such as a
// pinned message.
constexpr const char* kContents[] = {"text",       "caption", "animation", "audio",   "document",
                                     "paid_media", "photo",   "sticker",   "story",   "video",
                                     "video_note", "voice",   "checklist", "contact", "dice",
                                     "game",       "poll",    "venue",     "location"};

const Json* object_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? &*found : nullptr;
}

// Empty if there is none. Ids are integers, and positive for persons.
std::string person_at(const Json& object, const char* key) {
    const Json* person = object_at(object, key);
    if (person == nullptr) return {};
    const auto id = person->find("id");
    if (id == person->end() || !id->is_number_integer() || id->get<std::int64_t>() <= 0) return {};
    return std::to_string(id->get<std::int64_t>());
}

// In a group everybody would read the answers.
bool is_alone_with(const Json& message, const std::string& person) {
    const Json* chat = object_at(message, "chat");
    return chat != nullptr && text_at(*chat, "type") == "private" &&
           person_at(message, "chat") == person;
}

bool is_bot(const Json& object) {
    const Json* from = object_at(object, "from");
    const auto found = from != nullptr ? from->find("is_bot") : Json::const_iterator{};
    return from != nullptr && found != from->end() && *found == true;
}

// "/help@the_bot": a client may name the bot that a command is for.
std::string without_bot_name(std::string text) {
    if (!text.starts_with('/')) return text;
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    const std::size_t at = text.find('@');
    if (at < end) text.erase(at, end - at);
    return text;
}

void read_message(const Json& message, Update& update) {
    const std::string from = person_at(message, "from");
    const bool has_content =
        std::ranges::any_of(kContents, [&](const char* key) { return message.contains(key); });
    if (from.empty() || is_bot(message) || !has_content || !is_alone_with(message, from)) return;
    update.kind = UpdateKind::message;
    update.from = from;
    update.text = without_bot_name(text_at(message, message.contains("text") ? "text" : "caption"));
}

void read_press(const Json& press, Update& update) {
    const std::string from = person_at(press, "from");
    const Json* message = object_at(press, "message");
    update.press_id = text_at(press, "id");
    if (from.empty() || is_bot(press) || message == nullptr || !is_alone_with(*message, from))
        return;
    update.kind = UpdateKind::press;
    update.from = from;
    update.text = text_at(press, "data");
}

}  // namespace

Result<std::vector<Update>> read_updates(const Json& result) {
    if (!result.is_array())
        return fail(ErrorKind::transient, "the Bot API's updates are not a list");
    std::vector<Update> updates;
    for (const Json& entry : result) {
        if (!entry.is_object()) continue;
        const auto id = entry.find("update_id");
        if (id == entry.end() || !id->is_number_integer()) continue;
        Update& update = updates.emplace_back(Update{.id = id->get<std::int64_t>()});
        if (const Json* message = object_at(entry, "message"))
            read_message(*message, update);
        else if (const Json* press = object_at(entry, "callback_query"))
            read_press(*press, update);
    }
    if (updates.empty() && !result.empty())
        return fail(ErrorKind::transient, "none of the Bot API's updates has an update_id");
    return updates;
}

}  // namespace control::telegram

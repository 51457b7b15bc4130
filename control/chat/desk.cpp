#include "control/chat/desk.h"

#include "contracts/base/json.h"
#include "contracts/streams/names.h"
#include "contracts/streams/words.h"
#include "control/chat/commands.h"
#include "control/chat/prompt.h"
#include "control/store/users.h"
#include "control/store/workers.h"

#include <algorithm>

namespace control::chat {

namespace names = contracts::names;

using contracts::ChatMessage;
using contracts::Entry;
using contracts::Notice;
using contracts::ReplyKind;

namespace {

// A look is stale if the worker changed between it and the transaction.
constexpr int kLooks = 5;
constexpr std::chrono::hours kLastWords{1};
// Notices to every administrator are shown at most once in this time for each kind and subject,
// however many of them arrive.
constexpr std::chrono::hours kAdminQuiet{1};

// The id comes from an agent, and goes into the store and into a command.
bool may_be_session(std::string_view id) {
    return !id.empty() && id.size() <= 128 &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Reads worker:session:{id}; nothing if no agent has reported a session.
void read_session(std::string_view text, Look& look) {
    const auto document = contracts::parse_json(text);
    if (!document || !document->is_object()) return;
    std::string id = contracts::text_at(*document, "session_id");
    if (!may_be_session(id)) return;
    look.session_id = std::move(id);
    look.session_used = contracts::parse_timestamp(contracts::text_at(*document, "used_at"));
}

// Whether the worker that another program put into session:{user_id} belongs to this user.
Result<bool> belongs_to(Queries& db, const std::string& worker_id, const std::string& user_id) {
    Result<std::optional<WorkerRow>> row = workers::find(db, worker_id);
    if (!row) return row.fault();
    return *row && (*row)->config.worker_type == contracts::WorkerType::po &&
           (*row)->about("user_id") == user_id;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The address of a user who has never written here: in Telegram, a person's chat has the person's
// id.
std::optional<Place> place_of_user(const Chat& chat, const contracts::User& user,
                                   const std::string& correlation) {
    if (const std::optional<Place> place = place_of(chat, correlation)) return place;
    if (user.telegram_id.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return Place{contracts::Channel::telegram, user.telegram_id, correlation};
}

}  // namespace

std::string worker_of_output(std::string_view stream) {
    constexpr std::string_view kHead = "worker:po:";
    constexpr std::string_view kTail = ":output";
    if (!stream.starts_with(kHead) || !stream.ends_with(kTail)) return {};
    if (stream.size() <= kHead.size() + kTail.size()) return {};
    return std::string(stream.substr(kHead.size(), stream.size() - kHead.size() - kTail.size()));
}

Result<Shown> Desk::take(const Entry& entry) {
    if (entry.stream == names::kChatInbox) return take_message(entry);
    if (entry.stream == names::kChatNotices) return take_notice(entry);
    if (entry.stream == names::kWorkerResponsesPo) return take_response(entry);
    return take_output(entry, worker_of_output(entry.stream));
}

Result<Look> Desk::look_at(const Chat& chat) {
    Look look;
    look.of = chat.worker_id;
    Result<contracts::Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Result<contracts::Reply> named =
        (*connection)->command({"GET", names::user_session(chat.user_id)});
    if (!named) return named.fault();
    look.worker_id = std::string(named->view().text());
    if (!look.worker_id.empty() && look.of != look.worker_id) {
        Result<bool> his = belongs_to(needs_.database, look.worker_id, chat.user_id);
        if (!his) return his.fault();
        if (!*his) look.worker_id.clear();
    }
    if (look.worker_id.empty()) look.worker_id = chat.worker_id.value_or("");
    if (look.worker_id.empty()) return look;
    const std::vector<contracts::OwnedCommand> questions{
        contracts::words({"HGET", names::worker_status(look.worker_id), "status"}),
        contracts::words({"GET", names::worker_session(look.worker_id)})};
    Result<std::vector<contracts::Reply>> replies = (*connection)->pipeline(questions);
    if (!replies) return replies.fault();
    const std::string_view status = (*replies)[0].view().text();
    look.alive = status == "RUNNING" || status == "PAUSED" || status == "STARTING";
    read_session((*replies)[1].view().text(), look);
    return look;
}

Result<Shown> Desk::change(const std::string& user_id, const Change& change) {
    for (int tries = 0; tries < kLooks; ++tries) {
        Result<Chat> before = chats::load(needs_.database, user_id);
        if (!before) return before.fault();
        Result<Look> look = look_at(*before);
        if (!look) return look.fault();
        Shown shown;
        bool fresh = true;
        const Result<void> done = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            shown = Shown{.user_id = user_id};
            Result<Chat> chat = chats::load(tx, user_id);
            if (!chat) return chat.fault();
            const std::optional<std::string> worker = chat->worker_id;
            if (worker && look->of == worker && !look->session_id.empty()) {
                chat->session_id = look->session_id;
                chat->session_used = look->session_used;
            }
            const bool was_free = !chat->hire_id && !chat->turn_id;
            if (Result<void> changed = change(tx, *chat, shown); !changed) return changed;
            if (shown.is_stranger) return {};
            Look current = *look;
            // The look is stale for a worker that was just created or dismissed.
            if (chat->worker_id != worker)
                current = {.of = chat->worker_id,
                           .worker_id = chat->worker_id.value_or(""),
                           .alive = chat->worker_id.has_value()};
            Result<bool> advanced = turns_.advance(tx, *chat, current);
            if (!advanced) return advanced.fault();
            fresh = *advanced;
            if (!fresh) return fail(ErrorKind::conflict, "the user's worker has changed");
            if (was_free && chat->hire_id && shown.text.empty())
                shown.text = "Waking your Product Owner …";
            shown.place = place_of(*chat);
            return chats::save(tx, *chat);
        });
        if (done) return shown;
        if (fresh) return done.fault();
    }
    return fail(ErrorKind::transient, "the user's worker keeps changing");
}

Result<Shown> Desk::take_message(const Entry& entry) {
    Result<ChatMessage> message = contracts::parse_entry<ChatMessage>(entry);
    if (!message) return message.fault();
    message->text = without_nul(std::move(message->text));
    const std::string key =
        "message:" + std::string(contracts::to_text(message->channel)) + ":" + message->message_id;
    return change(message->user_id, [&](Queries& db, Chat& chat, Shown& shown) -> Result<void> {
        Result<bool> first = chats::see(db, key, needs_.clock.now());
        if (!first) return first.fault();
        if (!*first) return {};
        return answer_message(db, chat, *message, shown);
    });
}

Result<void> Desk::answer_message(Queries& db, Chat& chat, const ChatMessage& message,
                                  Shown& shown) {
    const Place place{message.channel, message.address, message.correlation_id};
    const auto refuse = [&](std::string text) {
        return send_reply(db, needs_.clock, place, ReplyKind::error, std::move(text));
    };
    Result<Stored<contracts::User>> user = users::find(db, message.user_id);
    if (!user && user.error().kind == ErrorKind::not_found) {
        shown.is_stranger = true;
        return refuse("I do not know you: an administrator has to add you first. Your id is " +
                      message.user_id + ".");
    }
    if (!user) return user.fault();
    chat.channel = message.channel;
    chat.address = message.address;
    if (is_blank(message.text))
        return refuse("Your message is empty. Write what you want built, or /help.");
    if (message.text.size() > kLongestMessage)
        return refuse("Your message has " + std::to_string(message.text.size() / 1024) +
                      " KiB and was not passed on; " + std::to_string(kLongestMessage / 1024) +
                      " KiB is the maximum. Send it in parts, or shorten it.");
    if (const std::optional<Command> command = command_of(message.text)) {
        Result<std::string> text = carry_out(db, needs_, chat, user->entity, *command);
        if (!text) return text.fault();
        return send_reply(db, needs_.clock, place, ReplyKind::answer, *std::move(text));
    }
    return queue_message(db, chat, message);
}

Result<void> Desk::queue_message(Queries& db, Chat& chat, const ChatMessage& message) {
    const Place place{message.channel, message.address, message.correlation_id};
    Result<std::int64_t> waiting = chats::count_line(db, chat.user_id, LineKind::message);
    if (!waiting) return waiting.fault();
    if (*waiting >= kLongestLine)
        return send_reply(db, needs_.clock, place, ReplyKind::error,
                          std::to_string(*waiting) +
                              " of your messages are already waiting, so this one was not "
                              "accepted. Wait for the answers, or write /new to start over.");
    chat.asked_to_go_on = false;
    chat.unasked_turns = 0;
    Chat spoken = chat;
    end_turn(spoken);
    spoken.turn_correlation = message.correlation_id;
    if (Result<void> kept = turns_.record(db, spoken, contracts::Speaker::user, message.text);
        !kept)
        return kept;
    if (Result<void> added = chats::add_to_line(db, {.user_id = chat.user_id,
                                                     .channel = message.channel,
                                                     .address = message.address,
                                                     .text = message.text,
                                                     .correlation = message.correlation_id});
        !added)
        return added;
    const bool waits = chat.turn_id || *waiting > 0;
    if (!waits || chat.told_to_wait) return {};
    chat.told_to_wait = true;
    return send_reply(db, needs_.clock, place, ReplyKind::notice,
                      "Your Product Owner is still busy. Your message is next.");
}

Result<Shown> Desk::take_notice(const Entry& entry) {
    Result<Notice> notice = contracts::parse_entry<Notice>(entry);
    if (!notice) return notice.fault();
    notice->text = without_nul(std::move(notice->text));
    if (notice->user_id.empty()) {
        if (Result<void> told = tell_admins(*notice); !told) return told.fault();
        return Shown{};
    }
    return change(notice->user_id, [&](Queries& db, Chat& chat, Shown& shown) -> Result<void> {
        Result<bool> first = chats::see(db, "notice:" + notice->request_id, needs_.clock.now());
        if (!first) return first.fault();
        if (!*first) return {};
        shown.ends = true;
        if (notice->kind != contracts::NoticeKind::reminder)
            if (Result<void> done = show_notice(db, chat, *notice); !done) return done;
        if (notice->kind == contracts::NoticeKind::digest) return {};
        // A user who has never written has no Product Owner that could continue.
        if (!chat.address) return {};
        return chats::add_to_line(db, {.user_id = chat.user_id,
                                       .kind = LineKind::notice,
                                       .text = notice_for_owner(*notice),
                                       .correlation = notice->correlation_id});
    });
}

Result<void> Desk::show_notice(Queries& db, Chat& chat, const Notice& notice) {
    if (Result<void> kept = turns_.record(db, chat, contracts::Speaker::notice, notice.text); !kept)
        return kept;
    Result<Stored<contracts::User>> user = users::find(db, chat.user_id);
    if (!user && user.error().kind != ErrorKind::not_found) return user.fault();
    const contracts::User known = user ? user->entity : contracts::User{chat.user_id, "", false};
    Chat spoken = chat;
    end_turn(spoken);
    std::optional<Place> place = place_of(spoken, notice.correlation_id);
    if (!place && user) place = place_of_user(spoken, known, notice.correlation_id);
    if (!place) return {};
    return send_reply(db, needs_.clock, *place, ReplyKind::notice, notice.text);
}

// Shown to every administrator and given to no Product Owner, because a server's state is not one
// user's work.
Result<void> Desk::tell_admins(const Notice& notice) {
    return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        const Timestamp now = needs_.clock.now();
        Result<bool> first = chats::see(tx, "notice:" + notice.request_id, now);
        if (!first) return first.fault();
        if (!*first) return {};
        const std::string about =
            std::string(contracts::to_text(notice.kind)) + ":" + notice.server_id.value_or("") +
            ":" + notice.project_id.value_or("") + ":" + contracts::text_at(notice.data, "state");
        Result<bool> news = chats::see_again(tx, "admins:" + about, now - kAdminQuiet, now);
        if (!news) return news.fault();
        if (!*news) return {};
        Result<std::vector<contracts::User>> admins = users::admins(tx);
        if (!admins) return admins.fault();
        for (const contracts::User& admin : *admins) {
            Result<Chat> chat = chats::load(tx, admin.id);
            if (!chat) return chat.fault();
            if (Result<void> told = show_notice(tx, *chat, notice); !told) return told;
        }
        return {};
    });
}

Result<Shown> Desk::take_response(const Entry& entry) {
    Result<contracts::CreateWorkerResponse> response =
        contracts::parse_entry<contracts::CreateWorkerResponse>(entry);
    if (!response) return response.fault();
    Result<std::optional<Chat>> hiring = chats::find_hire(needs_.database, response->request_id);
    if (!hiring) return hiring.fault();
    if (*hiring)
        return change((*hiring)->user_id, [&](Queries& db, Chat& chat, Shown&) -> Result<void> {
            if (chat.hire_id != response->request_id) return {};
            return turns_.take_created(db, chat, *response);
        });
    // Otherwise the answer came after we had given up, and nobody will use that worker.
    Result<bool> ours = chats::was_seen(needs_.database, "hire:" + response->request_id);
    if (!ours) return ours.fault();
    if (!*ours || !response->success || !response->worker_id) return Shown{};
    const Result<void> sent = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<ChatWorker>> known = chats::find_worker(tx, *response->worker_id);
        if (!known) return known.fault();
        if (*known) return {};  // the same answer again
        return send_delete(tx, needs_.clock, *response->worker_id);
    });
    if (!sent) return sent.fault();
    return Shown{};
}

// The stream decides, not the message: a worker reaches only its own user.
Result<Shown> Desk::take_output(const Entry& entry, const std::string& worker_id) {
    Result<contracts::POWorkerOutput> output =
        contracts::parse_entry<contracts::POWorkerOutput>(entry);
    if (!output) return output.fault();
    Result<std::optional<ChatWorker>> worker = chats::find_worker(needs_.database, worker_id);
    if (!worker) return worker.fault();
    if (!*worker) return Shown{};
    return change((*worker)->user_id, [&](Queries& db, Chat& chat, Shown& shown) -> Result<void> {
        const std::string key = output->is_final ? "output:" + worker_id + ":" + output->request_id
                                                 : "respond:" + worker_id + ":" + entry.id;
        Result<bool> first = chats::see(db, key, needs_.clock.now());
        if (!first) return first.fault();
        if (!*first) return {};
        if (output->is_final) {
            shown.ends = true;
            return turns_.take_answer(db, chat, **worker, *output);
        }
        if ((*worker)->retired_at || is_blank(output->text)) return {};
        shown.text = without_nul(output->text);
        return turns_.record(db, chat, contracts::Speaker::owner, shown.text);
    });
}

Result<std::int64_t> Desk::take_lateness() {
    Result<std::vector<std::string>> users = chats::due(needs_.database, needs_.clock.now());
    if (!users) return users.fault();
    for (const std::string& user : *users) {
        Result<Shown> done = change(
            user, [&](Queries& db, Chat& chat, Shown&) { return turns_.take_lateness(db, chat); });
        if (!done) return done.fault();
    }
    return static_cast<std::int64_t>(users->size());
}

Result<void> Desk::take_losses() {
    Result<std::vector<Chat>> chats = chats::without_worker(needs_.database);
    if (!chats) return chats.fault();
    std::set<std::string> vanished;
    for (const Chat& chat : *chats) {
        // The workers of another worker manager have no rows in our store: only Redis knows them.
        Result<contracts::Connection*> connection = bus_.connection();
        if (!connection) return connection.fault();
        Result<contracts::Reply> status =
            (*connection)->command({"EXISTS", names::worker_status(chat.worker_id.value_or(""))});
        if (!status) return status.fault();
        if (status->view().integer() > 0) continue;
        const std::string turn = *chat.turn_id;
        if (!vanished_.contains(turn)) {
            vanished.insert(turn);
            continue;
        }
        Result<Shown> done = change(chat.user_id, [&](Queries& db, Chat& now, Shown&) {
            return now.turn_id == turn ? turns_.take_loss(db, now) : Result<void>();
        });
        if (!done) return done.fault();
    }
    vanished_ = std::move(vanished);
    return {};
}

Result<void> Desk::forget_retired() {
    Result<std::vector<ChatWorker>> all = chats::workers(needs_.database);
    if (!all) return all.fault();
    for (const ChatWorker& worker : *all) {
        if (!worker.retired_at || *worker.retired_at + kLastWords > needs_.clock.now()) continue;
        Result<contracts::Connection*> connection = bus_.connection();
        if (!connection) return connection.fault();
        Result<contracts::Reply> gone =
            (*connection)->command({"DEL", names::po_output(worker.worker_id)});
        if (!gone) return gone.fault();
        const Result<void> erased = needs_.database.transaction(
            [&](Transaction& tx) { return chats::erase_worker(tx, worker.worker_id); });
        if (!erased) return erased;
    }
    return {};
}

}  // namespace control::chat

#include "control/chat/effects.h"

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "contracts/base/trace_id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/dead_letter.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"

namespace control::chat {

namespace names = contracts::names;

namespace {

constexpr int kBatch = 64;
constexpr std::string_view kSessionSeconds = "86400";

contracts::DeleteWorker delete_of(const contracts::Clock& clock, const std::string& worker_id) {
    contracts::DeleteWorker command;
    static_cast<contracts::QueueMeta&>(command) = contracts::make_meta(clock);
    command.request_id = contracts::make_uuid4();
    command.worker_id = worker_id;
    return command;
}

// Redis remembers the message's key for a week, so a second delivery changes nothing.
Result<void> deliver_one(contracts::Connection& connection, const ChatEffect& effect) {
    contracts::Answer answer = contracts::sent_once(effect.stream, "chat", effect.key, effect.body);
    if (effect.sets_key && effect.sets_value)
        answer.also.push_back(
            contracts::words({"SET", *effect.sets_key, *effect.sets_value, "EX", kSessionSeconds}));
    else if (effect.sets_key)
        answer.also.push_back(contracts::words({"DEL", *effect.sets_key}));
    const Result<contracts::AnswerOutcome> outcome =
        contracts::answer_once(connection, answer, nullptr);
    if (!outcome) return outcome.fault();
    return {};
}

Result<void> put_aside(contracts::Connection& connection, const ChatNeeds& needs,
                       const ChatEffect& effect, const Error& why) {
    contracts::DeadLetter letter;
    if (const auto body = contracts::parse_json(effect.body)) letter.original_message = *body;
    contracts::log_of_request(needs.log,
                              contracts::text_at(letter.original_message, "correlation_id"),
                              contracts::text_at(letter.original_message, "traceparent"))
        .error("a message could not be sent",
               {{"stream", effect.stream}, {"error", why.describe()}});
    letter.error_context = {.error = why.describe(),
                            .timestamp = needs.clock.now(),
                            .service = "chat",
                            .attempts = 1,
                            .stream = effect.stream,
                            .entry_id = effect.key};
    Result<std::string> put =
        contracts::publish(connection, names::dead_letters(effect.stream), letter);
    if (!put) return put.fault();
    return {};
}

}  // namespace

Result<void> send_reply(Queries& db, const contracts::Clock& clock, const Place& place,
                        contracts::ReplyKind kind, std::string text) {
    contracts::ChatReply reply;
    static_cast<contracts::QueueMeta&>(reply) = contracts::make_meta(clock, place.correlation);
    reply.request_id = contracts::make_uuid4();
    reply.address = place.address;
    reply.kind = kind;
    reply.text = std::move(text);
    return chats::add_effect(db, {.key = reply.request_id,
                                  .stream = names::chat_outbox(contracts::to_text(place.channel)),
                                  .body = contracts::format_message(reply)});
}

Result<void> send_create(Queries& db, const contracts::CreateWorker& create) {
    return chats::add_effect(db, {.key = create.request_id,
                                  .stream = std::string(names::kWorkerCommands),
                                  .body = contracts::format_message(create)});
}

Result<void> send_delete(Queries& db, const contracts::Clock& clock, const std::string& worker_id) {
    const contracts::DeleteWorker command = delete_of(clock, worker_id);
    return chats::add_effect(db, {.key = command.request_id,
                                  .stream = std::string(names::kWorkerCommands),
                                  .body = contracts::format_message(command)});
}

Result<void> send_input(Queries& db, const std::string& worker_id,
                        const contracts::POWorkerInput& input) {
    return chats::add_effect(db, {.key = input.request_id,
                                  .stream = names::po_input(worker_id),
                                  .body = contracts::format_message(input),
                                  .sets_key = names::user_session(input.user_id),
                                  .sets_value = worker_id});
}

Result<void> send_farewell(Queries& db, const contracts::Clock& clock, const std::string& worker_id,
                           const std::string& user_id) {
    const contracts::DeleteWorker command = delete_of(clock, worker_id);
    return chats::add_effect(db, {.key = command.request_id,
                                  .stream = std::string(names::kWorkerCommands),
                                  .body = contracts::format_message(command),
                                  .sets_key = names::user_session(user_id)});
}

Result<std::int64_t> deliver(const ChatNeeds& needs, Bus& bus) {
    Result<std::vector<ChatEffect>> effects = chats::effects(needs.database, kBatch);
    if (!effects) return effects.fault();
    if (effects->empty()) return 0;
    Result<contracts::Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    for (const ChatEffect& effect : *effects) {
        Result<void> sent = deliver_one(**connection, effect);
        if (!sent && !contracts::is_retryable(sent.error().kind))
            sent = put_aside(**connection, needs, effect, sent.error());
        if (!sent) return fail(std::move(sent.error()).context("send to " + effect.stream));
    }
    const Result<void> forgotten = needs.database.transaction([&](Transaction& tx) -> Result<void> {
        for (const ChatEffect& effect : *effects)
            if (Result<void> erased = chats::erase_effect(tx, effect.seq); !erased) return erased;
        return {};
    });
    if (!forgotten) return forgotten.fault();
    return static_cast<std::int64_t>(effects->size());
}

}  // namespace control::chat

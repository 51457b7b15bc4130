// What the chat sends: rows of its outbox, added in the transaction of the decision that they
// belong to, and their delivery.
#pragma once

#include "contracts/messages/chat.h"
#include "contracts/messages/po.h"
#include "contracts/messages/worker.h"
#include "control/bus/bus.h"
#include "control/chat/needs.h"
#include "control/store/chats.h"

namespace control::chat {

// Where a message is shown.
struct Place {
    contracts::Channel channel = contracts::Channel::terminal;
    std::string address;
    std::string correlation{};  // of the message that it answers; empty: a new one
};

// Each of these is sent exactly once, whatever fails in between.
[[nodiscard]] Result<void> send_reply(Queries& db, const contracts::Clock& clock,
                                      const Place& place, contracts::ReplyKind kind,
                                      std::string text);
[[nodiscard]] Result<void> send_create(Queries& db, const contracts::CreateWorker& create);
[[nodiscard]] Result<void> send_delete(Queries& db, const contracts::Clock& clock,
                                       const std::string& worker_id);
// Also sets session:{user_id} to the worker, for a day from now.
[[nodiscard]] Result<void> send_input(Queries& db, const std::string& worker_id,
                                      const contracts::POWorkerInput& input);
// Deletes session:{user_id} together with the worker.
[[nodiscard]] Result<void> send_farewell(Queries& db, const contracts::Clock& clock,
                                         const std::string& worker_id, const std::string& user_id);

// Delivers the outbox in order, each message once. Returns how many there were. A message that its
// stream does not accept goes to {stream}:dlq, so that it does not hold up others. Thread: any,
// each with its own bus.
[[nodiscard]] Result<std::int64_t> deliver(const ChatNeeds& needs, Bus& bus);

}  // namespace control::chat

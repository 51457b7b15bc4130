// Processes everything that concerns a user's chat: one entry, one transaction, which changes the
// chat and adds what is to be sent. An entry that arrives twice changes nothing.
//
// Failure: the store's (the entry is retried), `invalid` for an invalid message (a dead letter).
// Thread: any; `Look` asks Redis, on the caller's connection.
#pragma once

#include "contracts/messages/notice.h"
#include "contracts/streams/entry.h"
#include "control/bus/bus.h"
#include "control/chat/turns.h"

#include <functional>
#include <set>

namespace control::chat {

// Progress that is not stored: shown once the transaction is durable.
struct Shown {
    std::string user_id{};
    std::optional<Place> place{};
    std::string text{};
    bool ends = false;         // the next progress is a new message
    bool is_stranger = false;  // not a user: nothing is stored
};

class Desk {
public:
    // Borrows both.
    Desk(const ChatNeeds& needs, Bus& bus) : needs_(needs), turns_(needs), bus_(bus) {}

    // Handles an entry of any of the role's streams. Returns what to show as progress, if anything.
    [[nodiscard]] Result<Shown> take(const contracts::Entry& entry);
    // Handles creates and turns that are overdue. Returns how many there were.
    [[nodiscard]] Result<std::int64_t> take_lateness();
    // Handles turns whose worker has disappeared without a final output: seen twice, some time
    // apart, because the output may still be on its way.
    [[nodiscard]] Result<void> take_losses();
    // Forgets retired workers that have had time for a final output, with their streams.
    [[nodiscard]] Result<void> forget_retired();

private:
    using Change = std::function<Result<void>(Queries&, Chat&, Shown&)>;

    [[nodiscard]] Result<Shown> take_message(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_notice(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_response(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_output(const contracts::Entry& entry,
                                            const std::string& worker_id);

    // Looks at the user's worker, then changes the chat and advances it in a transaction.
    [[nodiscard]] Result<Shown> change(const std::string& user_id, const Change& change);
    [[nodiscard]] Result<Look> look_at(const Chat& chat);

    [[nodiscard]] Result<void> answer_message(Queries& db, Chat& chat,
                                              const contracts::ChatMessage& message, Shown& shown);
    [[nodiscard]] Result<void> queue_message(Queries& db, Chat& chat,
                                             const contracts::ChatMessage& message);
    [[nodiscard]] Result<void> tell_admins(const contracts::Notice& notice);
    [[nodiscard]] Result<void> show_notice(Queries& db, Chat& chat,
                                           const contracts::Notice& notice);

    const ChatNeeds& needs_;
    Turns turns_;
    Bus& bus_;
    std::set<std::string> vanished_;  // turns that `take_losses` has seen once
};

// The worker of "worker:po:{id}:output"; empty for any other stream.
[[nodiscard]] std::string worker_of_output(std::string_view stream);

}  // namespace control::chat

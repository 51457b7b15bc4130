// Where everything that concerns a user's chat is taken in: one entry, one transaction, that moves
// the chat and adds what is to be sent. An entry that comes twice changes nothing.
//
// Failure: the store's (the entry comes again), `invalid` for what is no message (a dead letter).
// Thread: any; `Look` asks Redis, on the caller's connection.
#pragma once

#include "contracts/messages/notice.h"
#include "contracts/streams/entry.h"
#include "control/bus/bus.h"
#include "control/chat/turns.h"

#include <functional>
#include <set>

namespace control::chat {

// Something that moves without being kept: shown as progress once the transaction is durable.
struct Shown {
    std::string user_id{};
    std::optional<Place> place{};
    std::string text{};
    bool ends = false;         // what is shown next is a message of its own
    bool is_stranger = false;  // nothing of his is kept
};

class Desk {
public:
    // Borrows both.
    Desk(const ChatNeeds& needs, Bus& bus) : needs_(needs), turns_(needs), bus_(bus) {}

    // Any of the role's streams. What is to be shown as progress, if anything.
    [[nodiscard]] Result<Shown> take(const contracts::Entry& entry);
    // Creates and turns that are overdue. How many there were.
    [[nodiscard]] Result<std::int64_t> take_lateness();
    // Turns whose worker has vanished without a last word: seen so twice, a while apart, for its
    // last word may still be on its way to us.
    [[nodiscard]] Result<void> take_losses();
    // Forgets retired workers that have had time to say their last words, with their streams.
    [[nodiscard]] Result<void> forget_retired();

private:
    using Change = std::function<Result<void>(Queries&, Chat&, Shown&)>;

    [[nodiscard]] Result<Shown> take_message(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_notice(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_response(const contracts::Entry& entry);
    [[nodiscard]] Result<Shown> take_output(const contracts::Entry& entry,
                                            const std::string& worker_id);

    // Of one user's chat: looks at his worker, then in a transaction changes and advances.
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
    std::set<std::string> vanished_;  // turns that `take_losses` has seen so once
};

// The worker of "worker:po:{id}:output"; empty: it is another stream.
[[nodiscard]] std::string worker_of_output(std::string_view stream);

}  // namespace control::chat

// A user's turns with the Product Owner: one at a time, in the order of arrival.
//
// All of it runs inside a transaction: it changes the user's chat and adds what is to be sent. The
// worker's state was read from Redis before; if that was another worker than the chat's current
// one, nothing is begun (`stale`), and the caller looks again.
#pragma once

#include "contracts/messages/po.h"
#include "contracts/messages/worker.h"
#include "control/chat/effects.h"
#include "control/chat/needs.h"
#include "control/store/conversations.h"

namespace control::chat {

// What Redis knows about a user's Product Owner.
struct Look {
    std::optional<std::string> of{};  // the chat's worker at the time of the look
    std::string worker_id{};          // that worker, or the one in session:{user_id}
    bool alive = false;               // RUNNING or PAUSED
    std::string session_id{};         // the agent's session id, from worker:session:{id}
    std::optional<Timestamp> session_used{};
};

class Turns {
public:
    explicit Turns(const ChatNeeds& needs) : needs_(needs) {}

    // If something waits and no turn is in progress: begins the next turn, or requests a worker for
    // it. False: the look was stale, and nothing was begun.
    [[nodiscard]] Result<bool> advance(Queries& db, Chat& chat, const Look& look) const;

    // Handles the answer to a create. On success the worker is running: the caller advances with a
    // look that says so.
    [[nodiscard]] Result<void> take_created(Queries& db, Chat& chat,
                                            const contracts::CreateWorkerResponse& response) const;
    // Handles a final output of one of the user's workers.
    [[nodiscard]] Result<void> take_answer(Queries& db, Chat& chat, const ChatWorker& worker,
                                           const contracts::POWorkerOutput& output) const;
    // The turn's worker is gone: ends the turn.
    [[nodiscard]] Result<void> take_loss(Queries& db, Chat& chat) const;
    // Handles a create or a turn that is overdue.
    [[nodiscard]] Result<void> take_lateness(Queries& db, Chat& chat) const;
    // The user starts over: dismisses the worker and ends its turn.
    [[nodiscard]] Result<void> begin_anew(Queries& db, Chat& chat) const;

    // Records a message of the conversation.
    [[nodiscard]] Result<void> record(Queries& db, const Chat& chat, contracts::Speaker role,
                                      const std::string& text) const;

private:
    // Whether the silence was so long that a worker would begin a new session.
    [[nodiscard]] bool has_idled(const Chat& chat) const;
    [[nodiscard]] Result<void> hire(Queries& db, Chat& chat, const Look& look) const;
    [[nodiscard]] Result<void> begin(Queries& db, Chat& chat, std::vector<LineEntry> notices,
                                     std::optional<LineEntry> message) const;
    [[nodiscard]] Result<std::string> reminder(Queries& db, const Chat& chat,
                                               const std::optional<LineEntry>& message) const;
    [[nodiscard]] Result<void> ask_to_go_on(Queries& db, Chat& chat) const;
    [[nodiscard]] Result<void> hire_failed(Queries& db, Chat& chat, const std::string& why) const;
    [[nodiscard]] Result<void> give_up(Queries& db, Chat& chat, const std::string& why) const;
    [[nodiscard]] Result<void> retire(Queries& db, Chat& chat) const;

    const ChatNeeds& needs_;
};

// Where the answer to the current turn goes; without a turn, the channel of the user's last
// message.
[[nodiscard]] std::optional<Place> place_of(const Chat& chat, const std::string& correlation = {});
void end_turn(Chat& chat);

}  // namespace control::chat

// A user's turns with his Product Owner: one at a time, in the order of what waits.
//
// All of it runs inside a transaction: it moves the user's chat and adds what is to be sent.
// Whether the worker lives was asked of Redis before it; where that was about another worker than
// the chat now names, nothing is begun (`stale`), and the caller looks again.
#pragma once

#include "contracts/messages/po.h"
#include "contracts/messages/worker.h"
#include "control/chat/effects.h"
#include "control/chat/needs.h"
#include "control/store/conversations.h"

namespace control::chat {

// What Redis said about a user's Product Owner.
struct Look {
    std::optional<std::string> of{};  // the chat's worker when this was asked
    std::string worker_id{};          // that one, or the one that session:{user_id} names
    bool alive = false;               // RUNNING or PAUSED
    std::string session_id{};         // the agent's own, as worker:session:{id} keeps it
    std::optional<Timestamp> session_used{};
};

class Turns {
public:
    explicit Turns(const ChatNeeds& needs) : needs_(needs) {}

    // Begins the next turn, or has a worker made for it, where something waits and nothing is under
    // way. False: the look was stale, and nothing was begun.
    [[nodiscard]] Result<bool> advance(Queries& db, Chat& chat, const Look& look) const;

    // The answer to a create of ours. On success the worker lives: the caller advances with a look
    // that says so.
    [[nodiscard]] Result<void> take_created(Queries& db, Chat& chat,
                                            const contracts::CreateWorkerResponse& response) const;
    // A final output of one of the user's workers.
    [[nodiscard]] Result<void> take_answer(Queries& db, Chat& chat, const ChatWorker& worker,
                                           const contracts::POWorkerOutput& output) const;
    // The turn's worker is gone, and with it what it was told.
    [[nodiscard]] Result<void> take_loss(Queries& db, Chat& chat) const;
    // A create or a turn that is overdue.
    [[nodiscard]] Result<void> take_lateness(Queries& db, Chat& chat) const;
    // The user wants to begin anew: the worker goes, and with it the turn.
    [[nodiscard]] Result<void> begin_anew(Queries& db, Chat& chat) const;

    // Keeps what was said.
    [[nodiscard]] Result<void> record(Queries& db, const Chat& chat, contracts::Speaker role,
                                      const std::string& text) const;

private:
    // So long that a worker would begin a new session.
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

// Where the answer to the turn that is under way goes; else where the user wrote last.
[[nodiscard]] std::optional<Place> place_of(const Chat& chat, const std::string& correlation = {});
void end_turn(Chat& chat);

}  // namespace control::chat

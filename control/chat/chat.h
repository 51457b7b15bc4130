// The chat role: one Product Owner for each user, reached through any messenger.
//
//   chat:inbox ───────────┐                        ┌─→ worker:commands, worker:po:{id}:input
//   chat:notices ─────────┤                        │
//   worker:responses:po ──┼─→ Desk (a transaction)─┤
//   worker:po:{id}:output ┘        │ rows          └─→ chat:outbox:{channel}
//                                  └─→ outbox rows ─→ delivered once
//
// One reader takes the entries one after another, including those from the streams of every known
// Product Owner. Decisions are stored together with what is to be sent, so that a daemon that dies
// at any moment loses nothing and sends nothing twice. Thread: the reader, a ticker for what is
// overdue, and one for progress.
#pragma once

#include "contracts/streams/consumer.h"
#include "control/chat/desk.h"
#include "control/chat/progress.h"
#include "control/jobs/loop.h"

#include <thread>

namespace control::chat {

class ChatRole {
public:
    explicit ChatRole(ChatNeeds needs);
    ~ChatRole();

    [[nodiscard]] Result<void> start();
    // May be called twice, or without a start.
    void stop();

private:
    void run_reader(const std::stop_token& stop);
    // Returns when the connection breaks, the workers change or a stop is requested.
    [[nodiscard]] Result<void> read(const std::stop_token& stop);
    [[nodiscard]] Result<void> handle(contracts::Consumer& consumer, const contracts::Entry& entry);
    [[nodiscard]] Result<std::vector<std::string>> streams();
    [[nodiscard]] Result<std::chrono::milliseconds> tick();

    ChatNeeds needs_;
    std::string consumer_name_;
    Bus reader_bus_;  // for the reader's blocking reads
    Bus desk_bus_;    // for the reader's other commands
    Bus ticker_bus_;
    Desk desk_;
    Desk ticker_desk_;
    Progress progress_;
    contracts::Instant next_look_{};  // when to look at turns without a worker
    Wake tick_soon_;
    Wake progress_soon_;
    Loop ticker_;
    Loop progress_loop_;
    std::jthread reader_;
};

}  // namespace control::chat

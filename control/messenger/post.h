// Carries a messenger's messages to chat:inbox, and the replies of its chat:outbox to it.
//
// Thread: one that reads the outbox and shows its replies; the messenger's own threads deliver.
#pragma once

#include "control/bus/stream_reader.h"
#include "control/messenger/messenger.h"

#include <memory>
#include <mutex>

namespace control {

class MouthPost {
public:
    MouthPost(std::unique_ptr<Messenger> messenger, contracts::RedisAddress redis,
              const contracts::Clock& clock, contracts::Log log);
    ~MouthPost();

    [[nodiscard]] contracts::Result<void> start();
    // May be called twice, or without a start.
    void stop();
    // The messenger's health, and that of the reader of its outbox. After the start; from any
    // thread.
    [[nodiscard]] contracts::Result<void> health() const;

private:
    [[nodiscard]] contracts::Result<void> deliver(const contracts::ChatMessage& message);

    std::unique_ptr<Messenger> messenger_;
    std::mutex guard_;  // guards inbox_
    Bus inbox_;
    StreamReader outbox_;
};

}  // namespace control

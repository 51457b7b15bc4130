// A role's own connection to the bus, dialled when it is first needed and again after it broke.
// Thread: one at a time, except `interrupt()`.
#pragma once

#include "contracts/streams/connection.h"

#include <mutex>
#include <optional>

namespace control {

class Bus {
public:
    explicit Bus(contracts::RedisAddress address) : address_(std::move(address)) {}

    // A connection that worked when it was last used. Failure: as Connection::dial.
    [[nodiscard]] contracts::Result<contracts::Connection*> connection();
    // Ends the wait of whoever uses the connection, and prevents another dial. From any thread.
    void interrupt();

private:
    contracts::RedisAddress address_;
    std::mutex guard_;  // keeps connection_ from being replaced during an interrupt
    std::optional<contracts::Connection> connection_;
    bool interrupted_ = false;
};

}  // namespace control

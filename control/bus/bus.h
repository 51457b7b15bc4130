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

    // A connection that was good a moment ago. Failure: as Connection::dial.
    [[nodiscard]] contracts::Result<contracts::Connection*> connection();
    // Whoever waits on the connection stops waiting, and no other is dialled. From any thread.
    void interrupt();

private:
    contracts::RedisAddress address_;
    std::mutex guard_;  // of connection_ being replaced while somebody interrupts
    std::optional<contracts::Connection> connection_;
    bool interrupted_ = false;
};

}  // namespace control

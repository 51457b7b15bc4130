// Passes bytes between two sockets in both directions. Buffers are bounded: nothing more is read
// from one side until the other has taken what was read. Thread: its owner's.
#pragma once

#include "contracts/base/unique_fd.h"

#include <poll.h>
#include <chrono>
#include <cstddef>
#include <string>

namespace control::deployer {

class Relay {
public:
    // Both sockets are non-blocking.
    Relay(contracts::UniqueFd client, contracts::UniqueFd server)
        : client_(std::move(client)), server_(std::move(server)) {}

    // The events to poll for: the client's, then the server's.
    void watch(pollfd (&ready)[2]) const;
    // Moves the bytes that can be moved. False: the exchange is over.
    [[nodiscard]] bool step(const pollfd (&ready)[2]);

private:
    struct Way {
        std::string held{};
        bool ended = false;   // the sender has closed its side
        bool passed = false;  // the receiver's side has been shut down as well
    };
    static bool take(int from, Way& way);
    static bool give(int to, Way& way);

    contracts::UniqueFd client_;
    contracts::UniqueFd server_;
    Way up_;
    Way down_;
};

}  // namespace control::deployer

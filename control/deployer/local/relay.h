// Bytes between two sockets, both ways, with bounded buffers: what is read and not yet taken by the
// other side holds the reader back. Thread: its owner's.
#pragma once

#include "contracts/base/unique_fd.h"

#include <poll.h>
#include <chrono>
#include <cstddef>
#include <string>

namespace control::deployer {

class Relay {
public:
    // Both non-blocking.
    Relay(contracts::UniqueFd client, contracts::UniqueFd server)
        : client_(std::move(client)), server_(std::move(server)) {}

    // What to wait for: the client's, then the server's.
    void watch(pollfd (&ready)[2]) const;
    // Moves what can be moved. False: it is over.
    [[nodiscard]] bool step(const pollfd (&ready)[2]);

private:
    struct Way {
        std::string held{};
        bool ended = false;   // nothing more comes
        bool passed = false;  // and the other side knows
    };
    static bool take(int from, Way& way);
    static bool give(int to, Way& way);

    contracts::UniqueFd client_;
    contracts::UniqueFd server_;
    Way up_;
    Way down_;
};

}  // namespace control::deployer

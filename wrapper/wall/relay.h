// The agent's only ways out: loopback ports, relayed to the sockets that the daemon holds in the
// control directory, which the agent cannot reach. A connection that arrives while the daemon
// restarts is held and its socket tried again for kHoldFor; the agent only notices a pause.
//
// A connection keeps only its two descriptors: data that the other side does not accept stays in
// the near side's kernel buffer. Thread: the loop's.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "wrapper/loop/poll_set.h"
#include "wrapper/wall/agent_environment.h"

#include <string>
#include <vector>

namespace wrapper {

enum class RelayPorts {
    fixed,  // 7080 egress, 7081 model, 7082 git: the network namespace is ours alone
    any,    // the kernel chooses: several workers share a network namespace
};

inline constexpr std::chrono::seconds kHoldFor{30};
inline constexpr std::size_t kMostRelayed = 128;

class Relays {
public:
    Relays(std::string control_directory, RelayPorts ports, const contracts::Clock& clock,
           contracts::Log log);

    // Opens a port for each socket that exists by now; there is no port for one that does not
    // exist. Ports that were opened stay.
    [[nodiscard]] RelayedPorts open();

    void watch(PollSet& poll);
    void step(const PollSet& poll);
    [[nodiscard]] std::size_t connections() const { return pairs_.size(); }

private:
    struct Door {
        std::string_view name;  // model: model.sock
        std::uint16_t fixed_port;
        std::uint16_t port = 0;
        contracts::UniqueFd listener{};
        PollSet::Slot slot = PollSet::kNone;
    };
    // From one end to the other.
    struct Direction {
        bool blocked = false;  // the far end accepts no data now
        bool done = false;     // the near end has sent everything, and the far end was notified
        PollSet::Slot slot = PollSet::kNone;
    };
    struct Pair {
        const Door* door;
        contracts::UniqueFd near;
        contracts::UniqueFd far;  // invalid: not connected yet
        contracts::Instant hold_until;
        contracts::Instant next_try;
        Direction out{};
        Direction back{};
        bool closed = false;
    };

    [[nodiscard]] contracts::Result<void> listen(Door& door);
    void accept(Door& door);
    void connect(Pair& pair);
    static void watch_direction(PollSet& poll, Direction& way, int from, int to);
    static void pump(Pair& pair, Direction& way, int from, int to);

    std::string directory_;
    RelayPorts ports_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::vector<Door> doors_;
    std::vector<Pair> pairs_;
};

}  // namespace wrapper

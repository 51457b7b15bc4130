// What runs, as seen from the network: a namespace that nothing leads out of, and the way in for
// those who may enter namespaces (root). The same for a container and for a supervised process, and
// nothing in either has to help.
//
// A Target is small enough to lie in a file, from which the front (front.h) reads it.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/unique_fd.h"
#include "control/http/client.h"

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

namespace control::deployer {

struct Target {
    std::string engine{};  // socket of the engine; empty: a supervised process
    std::string id{};      // of the container, or of the instance
    pid_t pid = 0;         // of the supervisor; a container's is asked for
    std::uint64_t start_time = 0;
    std::string boot{};
    std::uint16_t port = 0;  // on which the project listens

    [[nodiscard]] contracts::Json to_json() const;
    // Fails with `invalid`.
    [[nodiscard]] static contracts::Result<Target> from_json(const contracts::Json& json);
};

// A network namespace, held open: it cannot become another one.
class Network {
public:
    Network() = default;
    // `own`: the target has no network of its own; it listens where we do.
    Network(contracts::UniqueFd fd, bool own) : fd_(std::move(fd)), own_(own) {}

    [[nodiscard]] bool valid() const { return fd_.valid(); }
    // Whether it is our own network, where other programs listen as well.
    [[nodiscard]] bool is_shared() const { return own_; }
    // A connection to a port of its loopback. Nobody listens: `not_found`.
    [[nodiscard]] contracts::Result<contracts::UniqueFd> connect(std::uint16_t port) const;

private:
    contracts::UniqueFd fd_;
    bool own_ = false;
};

// A process in the target now. Not running: `not_found`.
[[nodiscard]] contracts::Result<pid_t> running_pid(const Target& target, HttpClient& http);
// The network it is in now; a container has a new one after each restart. Not running:
// `not_found`; we may not enter: `permission`.
[[nodiscard]] contracts::Result<Network> open_network(const Target& target, HttpClient& http);

// The TCP ports on which something listens in the network of `pid`.
[[nodiscard]] std::vector<std::uint16_t> listening_ports(pid_t pid);

// Whether a connection to `port` is open, or accepted and not answered yet, in the network of
// `pid`. False as well when the process has ended.
[[nodiscard]] bool has_connections(pid_t pid, std::uint16_t port);

}  // namespace control::deployer

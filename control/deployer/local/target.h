// What runs, as seen from the network: a namespace that nothing leads out of, and the way in for
// programs that may enter namespaces (root's). It works the same for containers and for supervised
// processes, and needs no support inside them.
//
// A Target is small enough for a file, from which the front (front.h) reads it.
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
    std::string id{};      // id of the container or of the instance
    pid_t pid = 0;         // pid of the supervisor; a container's is looked up
    std::uint64_t start_time = 0;
    std::string boot{};
    std::uint16_t port = 0;  // the port on which the project listens

    [[nodiscard]] contracts::Json to_json() const;
    // Fails with `invalid` if a field is missing or of the wrong type.
    [[nodiscard]] static contracts::Result<Target> from_json(const contracts::Json& json);
};

// A network namespace, held open so that it cannot be replaced by another one.
class Network {
public:
    Network() = default;
    // `own`: the target has no network of its own; it listens in ours.
    Network(contracts::UniqueFd fd, bool own) : fd_(std::move(fd)), own_(own) {}

    [[nodiscard]] bool valid() const { return fd_.valid(); }
    // Whether it is our own network, where other programs listen as well.
    [[nodiscard]] bool is_shared() const { return own_; }
    // A connection to a port of its loopback. Fails with `not_found` if nobody listens.
    [[nodiscard]] contracts::Result<contracts::UniqueFd> connect(std::uint16_t port) const;

private:
    contracts::UniqueFd fd_;
    bool own_ = false;
};

// The pid of a process in the target. Fails with `not_found` if it is not running.
[[nodiscard]] contracts::Result<pid_t> running_pid(const Target& target, HttpClient& http);
// The network that the target is in now; a container gets a new one with each restart. Fails with
// `not_found` if it is not running, and with `permission` if we may not enter.
[[nodiscard]] contracts::Result<Network> open_network(const Target& target, HttpClient& http);

// The TCP ports on which something listens in the network of `pid`.
[[nodiscard]] std::vector<std::uint16_t> listening_ports(pid_t pid);

// Whether a connection to `port` in the network of `pid` is open, or accepted and not answered yet.
// Also false if the process has ended.
[[nodiscard]] bool has_connections(pid_t pid, std::uint16_t port);

}  // namespace control::deployer

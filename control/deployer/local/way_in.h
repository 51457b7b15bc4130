// How users, and our own checks, reach the version of a deployment that serves. The way in has the
// public port, outlives the daemon, and switches to another version between two connections.
//
// Thread: any; two calls about one key wait for each other.
#pragma once

#include "control/deployer/local/host.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace control::deployer {

struct Listening {
    std::string address;
    std::uint16_t port = 0;
    friend bool operator==(const Listening&, const Listening&) = default;
};

// Long enough for a request, and short enough that an endless stream does not keep the old version
// alive: the stream is cut then, as by a restart.
constexpr std::chrono::seconds kDrainLimit{10};

enum class Opened { open, port_taken };

class WayIn {
public:
    virtual ~WayIn() = default;
    // Waits until a version that was just started answers. Empty: its health path answered with
    // 2xx. The fault has no log yet.
    [[nodiscard]] virtual contracts::Result<std::optional<DeployFault>> first_answer(
        Host& host, const VersionName& name, const DeploymentSpec& spec, const Target& target,
        std::stop_token stop) = 0;
    // Opens the port unless it is open, and passes connections to `target`. Does nothing if it
    // already does so.
    [[nodiscard]] virtual contracts::Result<Opened> lead(const std::string& key,
                                                         const Target& target,
                                                         const Listening& where) = 0;
    // Waits until `before`, the target until now, has answered the connections that it still holds;
    // at most kDrainLimit, or until `stop`.
    virtual void drain(const std::string& key, const Target& before, std::stop_token stop) = 0;
    [[nodiscard]] virtual bool is_open(const std::string& key) = 0;
    // Closes the port; succeeds if it is not open.
    [[nodiscard]] virtual contracts::Result<void> close(const std::string& key) = 0;
};

}  // namespace control::deployer

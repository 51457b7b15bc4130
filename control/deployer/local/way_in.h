// How users, and we, get through to the version of a deployment that serves: the way in has the
// public port, outlives the daemon, and leads to another version from one connection to the next.
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

// Long enough for a request, short enough that a stream without an end does not hold the old
// version: it is cut then, as it would be by a restart.
constexpr std::chrono::seconds kDrainLimit{10};

enum class Opened { open, port_taken };

class WayIn {
public:
    virtual ~WayIn() = default;
    // Waits until a version that has just been started answers. Empty: its health path answered
    // 2xx. The fault has no log yet.
    [[nodiscard]] virtual contracts::Result<std::optional<DeployFault>> first_answer(
        Host& host, const VersionName& name, const DeploymentSpec& spec, const Target& target,
        std::stop_token stop) = 0;
    // Opens the port unless it is open, and leads to `target`. Where it does already, nothing
    // happens.
    [[nodiscard]] virtual contracts::Result<Opened> lead(const std::string& key,
                                                         const Target& target,
                                                         const Listening& where) = 0;
    // Waits until `before`, which the way in led to until now, has answered the connections it
    // still holds; at most kDrainLimit, or until `stop`.
    virtual void drain(const std::string& key, const Target& before, std::stop_token stop) = 0;
    [[nodiscard]] virtual bool is_open(const std::string& key) = 0;
    // None there is success.
    [[nodiscard]] virtual contracts::Result<void> close(const std::string& key) = 0;
};

}  // namespace control::deployer

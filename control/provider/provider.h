// The port to a provider of servers: listing them, and operations on one. Bodies: an inventory file
// (`static_inventory`), and Time4VPS.
//
// Failure: `fatal` if the provider refuses our credentials or the inventory is invalid, `transient`
// if it does not answer or its answer is not as expected; the message contains what it answered,
// bounded and without our credentials. A list is complete or an error, never a shorter list.
// Thread: from any thread; a call may wait as long as the provider demands.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/result.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ProviderServer {
    std::string id;
    std::string name;
    std::string address;  // numeric; empty: not in the list
    std::uint16_t ssh_port = 22;
    std::string ssh_user = "root";
    contracts::Json specs = contracts::Json::object();  // what else is known about it
};

class Provider {
public:
    virtual ~Provider() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual contracts::Result<std::vector<ProviderServer>> list(
        std::stop_token stop) = 0;
    // No such server: `not_found`.
    [[nodiscard]] virtual contracts::Result<ProviderServer> details(const std::string& id,
                                                                    std::stop_token stop) = 0;
    // Erases everything on the server. Returns when it is done, with root's new password. A
    // provider that does not support it: `invalid`. A repeated call reinstalls again.
    [[nodiscard]] virtual contracts::Result<std::string> reinstall(const std::string& id,
                                                                   const std::string& public_key,
                                                                   std::stop_token stop) = 0;
    // Returns root's new password.
    [[nodiscard]] virtual contracts::Result<std::string> reset_password(const std::string& id,
                                                                        std::stop_token stop) = 0;
};

}  // namespace control

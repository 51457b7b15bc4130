// The port to whoever rents out servers: which there are, and what may be done to one. Bodies: an
// inventory file (`static_inventory`), and Time4VPS.
//
// Failure: `fatal` when the provider refuses our credentials or the inventory is wrong, `transient`
// when it does not answer or answers something else than it should; the words have what it said,
// bounded and without our credentials. A list is whole or an error, never a shorter list. Thread:
// from any thread; a call may wait as long as the provider asks for.
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
    std::string address;  // numeric; empty: the list does not say
    std::uint16_t ssh_port = 22;
    std::string ssh_user = "root";
    contracts::Json specs = contracts::Json::object();  // what is known beyond that
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
    // Everything on the server is lost. Returns when it is done, with the new password of root.
    // A provider that cannot: `invalid`. Begun again, it is done again.
    [[nodiscard]] virtual contracts::Result<std::string> reinstall(const std::string& id,
                                                                   const std::string& public_key,
                                                                   std::stop_token stop) = 0;
    // The new password of root.
    [[nodiscard]] virtual contracts::Result<std::string> reset_password(const std::string& id,
                                                                        std::stop_token stop) = 0;
};

}  // namespace control

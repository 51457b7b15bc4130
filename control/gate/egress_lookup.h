// Resolves a name to addresses, once for each connection: the addresses that are checked are the
// ones that are dialled.
#pragma once

#include "contracts/base/result.h"
#include "control/egress/address.h"

#include <functional>
#include <vector>

namespace control {

using LookedUp = contracts::Result<std::vector<egress::Address>>;
// Blocks. Fails with `not_found` or `transient`. Called from several threads.
using LookUp = std::function<LookedUp(const std::string& host)>;

// The system's resolver, which gives up after a few seconds.
[[nodiscard]] LookedUp look_up_host(const std::string& host);

}  // namespace control

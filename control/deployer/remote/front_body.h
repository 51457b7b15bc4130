// The containers of front.py as Docker's "create container" bodies. They hold no project's code;
// beyond a deployment's rights, they can only enter its network. Pure functions.
#pragma once

#include "contracts/base/json.h"
#include "control/deployer/local/way_in.h"

#include <string>
#include <vector>

namespace control::deployer {

struct FrontFacts {
    std::string owner;
    std::string image;
    std::string key;
};

// A digest of what requires a new front when it changes: address, port, image, script.
[[nodiscard]] std::string front_mark(const FrontFacts& facts, const Listening& where);
// The front itself: it keeps running and has the port.
[[nodiscard]] contracts::Json front_body(const FrontFacts& facts, const Listening& where);
// A container that runs front.py with `words` and ends. `host_network`: in the server's network.
[[nodiscard]] contracts::Json errand_body(const FrontFacts& facts,
                                          const std::vector<std::string>& words, bool host_network);

}  // namespace control::deployer

// The containers of front.py as Docker's "create container" bodies. They hold none of the project's
// code; what they may beyond a deployment's walls is entering its network. Pure functions.
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

// What differs where a front has to be made anew: port, image, script.
[[nodiscard]] std::string front_mark(const FrontFacts& facts, const Listening& where);
// Stays, and has the port.
[[nodiscard]] contracts::Json front_body(const FrontFacts& facts, const Listening& where);
// Runs front.py with these words and ends. `host_network`: in the server's own network.
[[nodiscard]] contracts::Json errand_body(const FrontFacts& facts,
                                          const std::vector<std::string>& words, bool host_network);

}  // namespace control::deployer

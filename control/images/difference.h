// Explains why two images are different, from the inputs of their hashes.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace control::images {

// A line for each difference: "agent.version: 1.2 -> 1.3", "recipe: + RUN make"; none if they are
// equal. Both are canonical texts (canonical_input). Failure: `invalid` if one is not JSON.
[[nodiscard]] contracts::Result<std::vector<std::string>> differences(std::string_view one,
                                                                      std::string_view other);

}  // namespace control::images

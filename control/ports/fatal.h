// A port that cannot be built ends the start, whatever kind of error it met.
#pragma once

#include "contracts/base/result.h"

namespace control {

[[nodiscard]] inline std::unexpected<contracts::Error> fatal(contracts::Error error) {
    error.kind = contracts::ErrorKind::fatal;
    return contracts::fail(std::move(error));
}

}  // namespace control

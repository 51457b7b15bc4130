// A port that cannot be built ends the start, whatever the kind of its error was.
#pragma once

#include "contracts/base/result.h"

namespace control {

[[nodiscard]] inline std::unexpected<contracts::Error> fatal(contracts::Error error) {
    error.kind = contracts::ErrorKind::fatal;
    return contracts::fail(std::move(error));
}

}  // namespace control

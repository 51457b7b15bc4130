// The table of exit codes.
#pragma once

#include "contracts/base/result.h"

namespace cli {

enum ExitCode : int {
    kOk = 0,
    kFailure = 1,
    kUsage = 2,
    kNotFound = 3,
    kPermission = 4,
    kConflict = 5,
    kTryAgain = 75,
    kTimedOut = 124,
};

[[nodiscard]] constexpr ExitCode exit_code(contracts::ErrorKind kind) {
    switch (kind) {
        case contracts::ErrorKind::invalid:
            return kUsage;
        case contracts::ErrorKind::not_found:
            return kNotFound;
        case contracts::ErrorKind::permission:
            return kPermission;
        case contracts::ErrorKind::conflict:
            return kConflict;
        case contracts::ErrorKind::transient:
        case contracts::ErrorKind::upstream:
            return kTryAgain;
        case contracts::ErrorKind::timed_out:
            return kTimedOut;
        case contracts::ErrorKind::fatal:
            return kFailure;
    }
    return kFailure;
}

}  // namespace cli

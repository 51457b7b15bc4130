// Both ends of a pipe, closed on exec.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

namespace control {

struct Pipe {
    contracts::UniqueFd read;
    contracts::UniqueFd write;
};

// Failure: the errno's, `transient` when descriptors have run out.
[[nodiscard]] contracts::Result<Pipe> make_pipe();

}  // namespace control

// Kills parts of an installation at moments that a seed chooses.
#pragma once

#include "tests/integration/installation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tests {

// On each worker's container; "developer" for developers and testers.
inline constexpr const char* kTypeLabel = "com.codegen-orchestrator.type";

// The value of ORCH_TEST_SEED, or a random seed.
[[nodiscard]] std::uint32_t chosen_seed();

// Kills every redis-server of the daemon until the next one answers.
void kill_redis(Installation& house);
// Sends SIGKILL to a container's first process, as if it had crashed. Returns false if the
// container does not run.
bool kill_init(const Installation& house, const std::string& container);
// The running containers of this installation with this label and, if a value is given, with that
// value.
[[nodiscard]] std::vector<std::string> running_with(const Installation& house,
                                                    const std::string& label,
                                                    const std::string& value = {});

}  // namespace tests

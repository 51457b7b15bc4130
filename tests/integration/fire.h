// Killing parts of an installation at moments that a seed chooses.
#pragma once

#include "tests/integration/installation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tests {

// On each worker's container; "developer" for developers and testers.
inline constexpr const char* kTypeLabel = "com.codegen-orchestrator.type";

// ORCH_TEST_SEED, else one at random.
[[nodiscard]] std::uint32_t chosen_seed();

// Every redis-server of the daemon's, until the next one answers.
void kill_redis(Installation& house);
// SIGKILL for the first process of a container, as a crash of its own would be. False: it does not
// run.
bool kill_init(const Installation& house, const std::string& container);
// The containers of this installation that run and have this label, with this value where one is
// given.
[[nodiscard]] std::vector<std::string> running_with(const Installation& house,
                                                    const std::string& label,
                                                    const std::string& value = {});

}  // namespace tests

// Identifiers that we make. Random bits come from getrandom(2) and cannot be guessed.
#pragma once

#include "contracts/base/clock.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace contracts {

// Fills all of `bytes`. Cannot fail on a kernel that has getrandom(2) (3.17 and later).
void fill_random(std::span<std::byte> bytes);

// Uniform over all values: for jitter and choices.
[[nodiscard]] std::uint32_t random_number();

// `bytes` random bytes as lower-case hexadecimal.
[[nodiscard]] std::string random_hex(std::size_t bytes);

// UUIDv4: request_id, correlation_id.
[[nodiscard]] std::string make_uuid4();

// UUIDv7: task_id, project_id. Sorts by `time`.
[[nodiscard]] std::string make_uuid7(Timestamp time);

}  // namespace contracts

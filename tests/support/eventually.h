// Waiting in tests: always for a condition, never for a fixed time.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace tests {

inline constexpr std::chrono::milliseconds kPatience{20'000};

// Returns as soon as `condition` holds; throws std::runtime_error "<what> did not happen within
// 20000 ms" if it never does. Exceptions from `condition` are passed on.
void eventually(std::string_view what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit = kPatience);

// Checks that `condition` stays true for the whole period; throws "<what> ended after N ms" if it
// does not. For tests that something does not happen: choose the shortest period in which the wrong
// event would have occurred.
void stays(std::string_view what, const std::function<bool()>& condition,
           std::chrono::milliseconds period);

}  // namespace tests

// Waiting in tests: for a condition and never for a time.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace tests {

inline constexpr std::chrono::milliseconds kPatience{20'000};

// Returns as soon as `condition` holds; throws std::runtime_error "<what> did not happen within
// 20000 ms" when it never does. What `condition` throws goes through.
void eventually(std::string_view what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit = kPatience);

// Watches for the whole period that `condition` stays true; throws "<what> ended after N ms" when
// it does not. For "nothing happens": give the shortest period in which the wrong thing would have
// shown.
void stays(std::string_view what, const std::function<bool()>& condition,
           std::chrono::milliseconds period);

}  // namespace tests

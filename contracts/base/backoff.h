// Waiting times between tries: doubling from `first` to `ceiling`, each with jitter of a quarter
// either way, so that the many clients of a server that was away do not all come back at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace contracts {

class Backoff {
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds ceiling)
        : first_(first), ceiling_(ceiling) {}

    [[nodiscard]] int tries() const { return tries_; }
    void reset() { tries_ = 0; }

    // The wait before the next try. `random` is any uniformly distributed number.
    [[nodiscard]] std::chrono::milliseconds next(std::uint32_t random) {
        const auto doubled = first_ * (std::int64_t{1} << std::min(tries_, 20));
        ++tries_;
        const std::int64_t base = std::min(doubled, ceiling_).count();
        const std::int64_t jitter = base / 2 * static_cast<std::int64_t>(random % 1024) / 1024;
        return std::chrono::milliseconds(base - base / 4 + jitter);
    }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds ceiling_;
    int tries_ = 0;
};

}  // namespace contracts

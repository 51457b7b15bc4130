// A clock that stands still until a test moves it.
#pragma once

#include "contracts/base/clock.h"

#include <atomic>

namespace control {

class HeldClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override {
        return contracts::Timestamp(std::chrono::milliseconds(ms_.load()));
    }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::Instant(std::chrono::milliseconds(ms_.load()));
    }
    void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

private:
    std::atomic<std::int64_t> ms_ = 1'768'046'400'000;
};

}  // namespace control

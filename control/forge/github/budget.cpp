#include "control/forge/github/budget.h"

#include <algorithm>

namespace control::github {

using contracts::Timestamp;

namespace {

constexpr std::chrono::hours kWindow{1};

}  // namespace

std::optional<Timestamp> Budget::closed(Timestamp now) {
    // A clock that was set back must not block requests for longer than an hour.
    while (!made_.empty() && (made_.front() + kWindow <= now || made_.front() > now + kWindow))
        made_.pop_front();
    std::optional<Timestamp> until;
    if (made_.size() >= most_) until = made_.front() + kWindow;
    if (blocked_until_ > now) until = std::max(until.value_or(blocked_until_), blocked_until_);
    return until;
}

std::optional<Timestamp> Budget::take() {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    if (const auto until = closed(now)) return until;
    made_.push_back(now);
    return std::nullopt;
}

void Budget::give_back() {
    const std::lock_guard lock(mutex_);
    if (!made_.empty()) made_.pop_back();
}

void Budget::block_until(Timestamp time) {
    const std::lock_guard lock(mutex_);
    blocked_until_ = std::max(blocked_until_, time);
}

std::optional<Timestamp> Budget::closed_until() {
    const std::lock_guard lock(mutex_);
    return closed(clock_.now());
}

}  // namespace control::github

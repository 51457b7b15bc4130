#include "control/workers/expected_ends.h"

#include <algorithm>

namespace control {

using contracts::Instant;

void ExpectedEnds::expect(const std::string& worker_id, Instant now) {
    const std::scoped_lock lock(guard_);
    looks_[worker_id] = {now, now, kLookAgain};
}

std::vector<std::string> ExpectedEnds::take_due(Instant now) {
    const std::scoped_lock lock(guard_);
    std::vector<std::string> due;
    for (auto look = looks_.begin(); look != looks_.end();) {
        if (look->second.next <= now) {
            due.push_back(look->first);
            look->second.next = now + look->second.pause;
            look->second.pause = std::min(2 * look->second.pause, kLongestPause);
        }
        const bool over = now - look->second.said >= kExpectEnd;
        look = over ? looks_.erase(look) : std::next(look);
    }
    return due;
}

std::optional<Instant> ExpectedEnds::next() const {
    const std::scoped_lock lock(guard_);
    if (looks_.empty()) return std::nullopt;
    return std::ranges::min_element(looks_, {}, [](const auto& look) { return look.second.next; })
        ->second.next;
}

void ExpectedEnds::forget(const std::string& worker_id, Instant now) {
    const std::scoped_lock lock(guard_);
    if (const auto look = looks_.find(worker_id); look != looks_.end() && look->second.said <= now)
        looks_.erase(look);
}

}  // namespace control

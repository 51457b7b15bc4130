// Limits the requests of one installation: 4,500 in any hour, and none before the time that GitHub
// gave when it refused one. GitHub's own limit is 5,000; the rest is left for people.
//
// Thread: any.
#pragma once

#include "contracts/base/clock.h"

#include <deque>
#include <mutex>
#include <optional>

namespace control::github {

class Budget {
public:
    static constexpr std::size_t kRequestsAnHour = 4'500;

    explicit Budget(const contracts::Clock& clock, std::size_t requests_an_hour = kRequestsAnHour)
        : clock_(clock), most_(requests_an_hour) {}

    // Counts a request. If a time is returned, the request must not be made before then, and was
    // not counted.
    [[nodiscard]] std::optional<contracts::Timestamp> take();
    // The request cost nothing (an answer 304, or no answer).
    void give_back();
    // No request may be made until then. A time earlier than the current one changes nothing.
    void block_until(contracts::Timestamp time);
    // When the next request may be made; empty: now.
    [[nodiscard]] std::optional<contracts::Timestamp> closed_until();

private:
    [[nodiscard]] std::optional<contracts::Timestamp> closed(contracts::Timestamp now);

    const contracts::Clock& clock_;
    const std::size_t most_;
    std::mutex mutex_;
    std::deque<contracts::Timestamp> made_;  // requests of the last hour
    contracts::Timestamp blocked_until_{};
};

}  // namespace control::github

// Workers of which a sign said that they end: an event of the runtime, or their own last words. The
// sign may be ahead of the fact, so each is looked at at once, then after kLookAgain and ever
// longer, until it has ended or kExpectEnd has passed. Thread: any.
#pragma once

#include "contracts/base/clock.h"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace control {

class ExpectedEnds {
public:
    static constexpr std::chrono::milliseconds kLookAgain{10};
    static constexpr std::chrono::milliseconds kLongestPause{160};
    static constexpr std::chrono::seconds kExpectEnd{15};

    void expect(const std::string& worker_id, contracts::Instant now);
    // Those to look at now; each is due again later, until its time is over.
    [[nodiscard]] std::vector<std::string> take_due(contracts::Instant now);
    // When the next one is due; none while nothing is expected.
    [[nodiscard]] std::optional<contracts::Instant> next() const;
    // It has ended. What was said again since `now` stays.
    void forget(const std::string& worker_id, contracts::Instant now);

private:
    struct Look {
        contracts::Instant said;
        contracts::Instant next;
        std::chrono::milliseconds pause;
    };
    mutable std::mutex guard_;
    std::map<std::string, Look> looks_;
};

}  // namespace control

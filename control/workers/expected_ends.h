// Workers that are about to end according to an event of the runtime, or to their own final
// message. The sign may come before the end, so each worker is checked at once, then after
// kLookAgain and after growing waits, until it has ended or kExpectEnd has passed. Thread: any.
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
    // The workers to check now; each is due again later, until its time is over.
    [[nodiscard]] std::vector<std::string> take_due(contracts::Instant now);
    // When the next one is due; empty while none is expected.
    [[nodiscard]] std::optional<contracts::Instant> next() const;
    // It has ended. Signs since `now` are kept.
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

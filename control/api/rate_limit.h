// Limits how often one caller may ask: a bucket of requests that fills at a steady rate. Full
// buckets are dropped, so that there are never more buckets than recent callers. Thread: any.
#pragma once

#include "contracts/base/clock.h"

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace control {

struct Rate {
    double per_second = 0;  // 0: unlimited
    double at_once = 0;
};

class RateLimit {
public:
    RateLimit(Rate rate, const contracts::Clock& clock) : rate_(rate), clock_(clock) {}

    // Zero: the request may proceed. Otherwise the time until the caller may ask again.
    [[nodiscard]] std::chrono::milliseconds take(const std::string& caller);

private:
    struct Bucket {
        double left;
        contracts::Instant filled;
    };
    void forget_full(contracts::Instant now);

    Rate rate_;
    const contracts::Clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
    contracts::Instant next_look_{};
};

}  // namespace control

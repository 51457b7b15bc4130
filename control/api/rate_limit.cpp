#include "control/api/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace control {

namespace {

constexpr std::chrono::seconds kForgetEvery{10};

}  // namespace

std::chrono::milliseconds RateLimit::take(const std::string& caller) {
    if (rate_.per_second <= 0) return {};
    const contracts::Instant now = clock_.instant();
    const std::lock_guard lock(mutex_);
    forget_full(now);
    Bucket& bucket = buckets_.try_emplace(caller, Bucket{rate_.at_once, now}).first->second;
    const std::chrono::duration<double> passed = now - bucket.filled;
    bucket.left = std::min(rate_.at_once, bucket.left + passed.count() * rate_.per_second);
    bucket.filled = now;
    if (bucket.left >= 1) {
        bucket.left -= 1;
        return {};
    }
    const double seconds = (1 - bucket.left) / rate_.per_second;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

void RateLimit::forget_full(contracts::Instant now) {
    if (now < next_look_) return;
    next_look_ = now + kForgetEvery;
    std::erase_if(buckets_, [&](const auto& entry) {
        const std::chrono::duration<double> passed = now - entry.second.filled;
        return entry.second.left + passed.count() * rate_.per_second >= rate_.at_once;
    });
}

}  // namespace control

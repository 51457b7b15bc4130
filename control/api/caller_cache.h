// Callers by the tokens they showed a moment ago. Whoever asks asks again, and to look a token up
// costs as much as what is asked for: so it is looked up anew only when this daemon has committed
// something since, or after 100 ms. What another process revokes is refused that much later than
// the store tells of it (database.h).
//
// Kept are tokens that are good, and of their text the SHA-256 alone. Thread: any.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/sha256.h"
#include "control/api/caller.h"

#include <map>
#include <memory>
#include <mutex>

namespace control {

class CallerCache {
public:
    static constexpr std::chrono::milliseconds kLongest{100};

    // Both outlive us.
    CallerCache(Database& database, const contracts::Clock& clock)
        : database_(database), clock_(clock) {}

    // Whom this token stands for, as if it had been looked up just now. Failure: as of
    // tokens::authenticate.
    [[nodiscard]] Result<std::shared_ptr<const Caller>> find(std::string_view token);

private:
    // When the store was asked.
    struct Moment {
        CommitSequence commits;
        contracts::Instant at;
    };
    using Digest = contracts::Sha256Digest;

    [[nodiscard]] std::shared_ptr<const Caller> recall(const Digest& token, const Moment& now);
    void keep(const Digest& token, std::shared_ptr<const Caller> caller, const Moment& asked);

    Database& database_;
    const contracts::Clock& clock_;
    std::mutex mutex_;
    std::map<Digest, std::shared_ptr<const Caller>> known_;
    Moment since_{};  // the earliest of known_, and the commits of all of it
};

}  // namespace control

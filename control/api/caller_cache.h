// Callers by the tokens they used recently. Most callers return, and looking up a token costs as
// much as a small request, so it is looked up again only if this daemon has committed something
// since, or after 100 ms. A token that another process revokes is refused at most 100 ms after the
// store reports the change (database.h).
//
// Only valid tokens are kept, and only their SHA-256. Thread: any.
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

    // The caller that this token identifies, as if it had been looked up just now. Failure: as of
    // tokens::authenticate.
    [[nodiscard]] Result<std::shared_ptr<const Caller>> find(std::string_view token);

private:
    // The moment at which the store was asked.
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
    Moment since_{};  // the earliest moment in known_, and the commits that all of it is based on
};

}  // namespace control

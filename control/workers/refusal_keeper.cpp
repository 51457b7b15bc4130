#include "control/workers/refusal_keeper.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"
#include "control/store/egress_refusals.h"

#include <algorithm>

namespace control {

using contracts::Result;
using contracts::Timestamp;

namespace {

using namespace std::chrono_literals;

// Beyond this, more hosts are not noted: an agent can try any number of them.
constexpr std::size_t kMostPending = 2000;
constexpr std::size_t kLongestReason = 500;
constexpr std::chrono::milliseconds kBetweenBatches = 1s;

}  // namespace

RefusalKeeper::RefusalKeeper(Database& database, const contracts::Clock& clock, contracts::Log log)
    : database_(database),
      clock_(clock),
      log_(log),
      loop_("refusals at the egress doors", [this] { return pass(); }, wake_, std::move(log)) {}

void RefusalKeeper::note(const RefusedConnection& refused) {
    const Timestamp now = clock_.now();
    const std::lock_guard lock(guard_);
    const Place place{refused.worker_id, refused.host, refused.port};
    if (pending_.size() >= kMostPending && !pending_.contains(place)) return;
    Noted& noted = pending_[place];
    if (noted.count++ == 0) noted.first = now;
    noted.last = now;
    noted.reason = contracts::beginning(refused.reason, kLongestReason);
    if (!std::exchange(rests_, false)) return;
    wake_.notify();
}

void RefusalKeeper::stop() {
    loop_.stop();
    if (Result<std::chrono::milliseconds> last = pass(); !last)
        log_.warning("the last refusals at the egress doors are not stored",
                     {{"error", last.error().describe()}});
}

Result<std::chrono::milliseconds> RefusalKeeper::pass() {
    Batch batch;
    {
        const std::lock_guard lock(guard_);
        batch.swap(pending_);
        rests_ = batch.empty();
    }
    if (batch.empty()) return 1h;
    if (Result<void> written = write(batch); !written) {
        // Another try would not help what the store does not accept.
        if (contracts::is_retryable(written.error().kind)) put_back(batch);
        return written.fault();
    }
    return kBetweenBatches;
}

Result<void> RefusalKeeper::write(const Batch& batch) {
    return database_.transaction([&](Transaction& tx) -> Result<void> {
        for (const auto& [place, noted] : batch) {
            const auto& [worker, host, port] = place;
            Result<bool> added = egress_refusals::add(tx, {.id = contracts::make_uuid4(),
                                                           .worker_id = worker,
                                                           .host = host,
                                                           .port = port,
                                                           .reason = noted.reason,
                                                           .count = noted.count,
                                                           .created_at = noted.first,
                                                           .last_at = noted.last});
            if (!added) return added.fault();
        }
        return {};
    });
}

void RefusalKeeper::put_back(const Batch& batch) {
    const std::lock_guard lock(guard_);
    for (const auto& [place, noted] : batch) {
        Noted& now = pending_[place];
        if (now.count == 0) now.reason = noted.reason;
        now.last = std::max(now.last, noted.last);
        now.count += noted.count;
        now.first = noted.first;
    }
}

}  // namespace control

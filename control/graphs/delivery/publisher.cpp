#include "control/graphs/delivery/publisher.h"

#include "control/store/outbox.h"

namespace control::graphs {

namespace {

constexpr int kBatch = 256;

}  // namespace

Publisher::Publisher(Database& db, EffectBus& bus, const contracts::Clock& clock,
                     contracts::Log log, std::string instance, std::chrono::milliseconds lease)
    : db_(db),
      bus_(bus),
      clock_(clock),
      log_(std::move(log)),
      instance_(std::move(instance)),
      lease_(lease) {}

Result<std::int64_t> Publisher::run_once() {
    if (!certain_) {
        if (Result<void> settled = settle(instance_); !settled) return settled.fault();
        certain_ = true;
    }
    if (clock_.instant() >= next_tending_) {
        if (Result<void> tended = tend_leases(); !tended) return tended.fault();
        next_tending_ = clock_.instant() + lease_ / 3;
    }
    Result<std::vector<OutboxEffect>> effects =
        threads::undelivered(db_, instance_, "publish", clock_.now(), kBatch);
    if (!effects) return effects.fault();
    if (effects->empty()) return 0;
    certain_ = false;
    if (Result<void> published = bus_.publish(instance_, *effects); !published)
        return published.fault();
    std::vector<std::string> keys;
    for (const OutboxEffect& effect : *effects)
        keys.push_back(effect.key);
    if (Result<void> forgotten = forget(keys); !forgotten) return forgotten.fault();
    certain_ = true;
    return static_cast<std::int64_t>(keys.size());
}

// Removes the rows whose messages were published according to the record.
Result<void> Publisher::settle(const std::string& owner) {
    Result<std::vector<std::string>> keys = bus_.last_published(owner);
    if (!keys) return keys.fault();
    return forget(*keys);
}

Result<void> Publisher::forget(const std::vector<std::string>& keys) {
    if (keys.empty()) return {};
    return db_.transaction([&](Transaction& tx) -> Result<void> {
        for (const std::string& key : keys)
            if (Result<bool> erased = threads::erase_effect(tx, key); !erased)
                return erased.fault();
        return {};
    });
}

Result<void> Publisher::tend_leases() {
    const Timestamp now = clock_.now();
    Result<std::vector<std::string>> owners = threads::expired_owners(db_, now);
    if (!owners) return owners.fault();
    for (const std::string& owner : *owners) {
        const bool was_anothers = owner != instance_ && owner != outbox::kUnclaimed;
        if (was_anothers)
            if (Result<void> settled = settle(owner); !settled) return settled;
        std::int64_t taken = 0;
        const auto take = [&](Transaction& tx) -> Result<void> {
            Result<std::int64_t> rows = threads::take_over(tx, owner, instance_, now, now + lease_);
            if (!rows) return rows.fault();
            taken = *rows;
            return {};
        };
        if (Result<void> done = db_.transaction(take); !done) return done;
        if (was_anothers)
            log_.warning("took over another daemon's effects",
                         {{"owner", owner}, {"effects", taken}});
    }
    return {};
}

}  // namespace control::graphs

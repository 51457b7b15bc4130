// Delivers the outbox's messages, in the order in which they were decided. A row is removed only
// A row is removed only after its message is on its stream; after a crash in between, the message
// is not repeated (see EffectBus), or is repeated with the same request_id. Messages that another
// daemon left behind are taken over when its lease has expired. Thread: one at a time.
#pragma once

#include "contracts/base/log.h"
#include "control/graphs/delivery/effect_bus.h"

namespace control::graphs {

class Publisher {
public:
    // Borrows all. `instance` and `lease` as for the engine.
    Publisher(Database& db, EffectBus& bus, const contracts::Clock& clock, contracts::Log log,
              std::string instance, std::chrono::milliseconds lease);

    // One bounded pass; returns how many messages were published.
    [[nodiscard]] Result<std::int64_t> run_once();

private:
    [[nodiscard]] Result<void> settle(const std::string& owner);
    [[nodiscard]] Result<void> tend_leases();
    [[nodiscard]] Result<void> forget(const std::vector<std::string>& keys);

    Database& db_;
    EffectBus& bus_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::string instance_;
    std::chrono::milliseconds lease_;
    bool certain_ = false;  // no row was published before
    contracts::Instant next_tending_{};
};

}  // namespace control::graphs

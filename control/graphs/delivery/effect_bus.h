// Where published effects go: streams. The keys of the last publication are recorded in the same
// Redis transaction under the owner's name, so that after a crash between publishing and recording
// in the store nothing is published a second time.
#pragma once

#include "control/bus/bus.h"
#include "control/store/threads.h"

#include <memory>
#include <span>

namespace control::graphs {

class EffectBus {
public:
    virtual ~EffectBus() = default;
    // Publishes all of them, in order, and replaces the owner's record with their keys. After a
    // failure the outcome is unknown: the record shows it.
    [[nodiscard]] virtual Result<void> publish(const std::string& owner,
                                               std::span<const OutboxEffect> effects) = 0;
    // The keys in the owner's record.
    [[nodiscard]] virtual Result<std::vector<std::string>> last_published(
        const std::string& owner) = 0;
    // Makes current and future calls stop waiting. From any thread.
    virtual void interrupt() = 0;
};

[[nodiscard]] std::unique_ptr<EffectBus> make_redis_effect_bus(contracts::RedisAddress address);

}  // namespace control::graphs

// Where published effects go: streams. What was published last is noted in the same transaction
// under the owner's name, so that after a crash between publishing and writing that down nothing is
// published a second time.
#pragma once

#include "control/bus/bus.h"
#include "control/store/threads.h"

#include <memory>
#include <span>

namespace control::graphs {

class EffectBus {
public:
    virtual ~EffectBus() = default;
    // All of them, in order, and their keys as the owner's note, which replaces the last one. After
    // a failure it is unknown whether it happened: the note shows it.
    [[nodiscard]] virtual Result<void> publish(const std::string& owner,
                                               std::span<const OutboxEffect> effects) = 0;
    // The keys in the owner's note.
    [[nodiscard]] virtual Result<std::vector<std::string>> last_published(
        const std::string& owner) = 0;
    // Calls that wait in one of these return, now and from here on. From any thread.
    virtual void interrupt() = 0;
};

[[nodiscard]] std::unique_ptr<EffectBus> make_redis_effect_bus(contracts::RedisAddress address);

}  // namespace control::graphs

// Steps of the wall clock. Times to wait for are stored as wall time, because they must survive a
// restart; after the clock was set, or the machine slept, they would all be due at once, or much
// too late. Code that stores such times calls `settle` before each look at them, and moves them by
// the step.
//
// The difference between the wall clock and the steady clock is stored with the id of the machine's
// boot, so that a step between two runs of the daemon is also detected. After a boot nothing is
// known, but then everything that was waited for has ended with the machine. If daemons of several
// machines share a store, only a step seen by the daemon that looked last counts. Thread: one at a
// time.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <atomic>
#include <functional>
#include <limits>
#include <string>

namespace control {

// It is also a clock whose wall time steps only when `settle` has moved the times: use it for times
// that are stored between a step and its settling.
class ClockSteps final : public contracts::Clock {
public:
    using Shift = std::function<Result<void>(Transaction&, std::chrono::milliseconds step)>;
    // Smaller differences do not count, because the two clocks are not read at the same moment.
    static constexpr std::chrono::milliseconds kLeastStep{2'000};

    // `name`: the set of times, "workers". `boot`: the id of the machine's boot.
    ClockSteps(const contracts::Clock& clock, std::string name, std::string boot = this_boot());

    // Calls `shift` once with a step that was not applied yet, in the transaction that records it.
    // Without a step it costs two readings of the clock.
    [[nodiscard]] Result<void> settle(Database& db, const Shift& shift);

    [[nodiscard]] contracts::Timestamp now() const override;
    [[nodiscard]] contracts::Instant instant() const override { return clock_.instant(); }

    // The kernel's id for this boot; empty if it has none.
    [[nodiscard]] static std::string this_boot();

private:
    const contracts::Clock& clock_;
    std::string name_;
    std::string boot_;
    // The wall clock minus the steady clock when it was last settled; kUnknown before that.
    static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
    std::atomic<std::int64_t> ahead_ = kUnknown;
};

}  // namespace control

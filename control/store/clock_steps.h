// Steps of the wall clock. Times that are waited for are stored as wall time, because they must
// survive a restart; when the clock is set, or the machine slept, they would all be due at once, or
// much too late. Code that stores such times asks before each look at them, and moves them by the
// step.
//
// The difference between the wall clock and the steady clock is stored with the id of the machine's
// boot, so that a step between two runs of the daemon is seen as well. After a boot nothing is
// known, but then everything that was waited for has ended with the machine. Where daemons of
// several machines share a store, only a step that is seen by the daemon which looked last counts.
// Thread: one at a time.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <atomic>
#include <functional>
#include <limits>
#include <string>

namespace control {

// It is itself a clock, whose wall time steps only when `settle` has moved the times: read it for
// times that are stored between a step and its settling.
class ClockSteps final : public contracts::Clock {
public:
    using Shift = std::function<Result<void>(Transaction&, std::chrono::milliseconds step)>;
    // Smaller differences do not count, because the two clocks are not read at the same moment.
    static constexpr std::chrono::milliseconds kLeastStep{2'000};

    // `name`: of the times that are kept, "workers". `boot`: the machine's boot.
    ClockSteps(const contracts::Clock& clock, std::string name, std::string boot = this_boot());

    // Calls `shift` with a step that has not been taken into account, once, in the transaction that
    // remembers it. Costs two readings of the clock when there is none.
    [[nodiscard]] Result<void> settle(Database& db, const Shift& shift);

    [[nodiscard]] contracts::Timestamp now() const override;
    [[nodiscard]] contracts::Instant instant() const override { return clock_.instant(); }

    // Of this machine, as the kernel names it; empty where it does not.
    [[nodiscard]] static std::string this_boot();

private:
    const contracts::Clock& clock_;
    std::string name_;
    std::string boot_;
    // Of the wall clock before the steady one, when it was last settled; kUnknown before that.
    static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
    std::atomic<std::int64_t> ahead_ = kUnknown;
};

}  // namespace control

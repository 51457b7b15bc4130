// The descriptors and times that one turn of the loop waits for.
//
// Each part registers in `watch` what it waits for, and checks in `step` what has become ready. A
// turn is begin, every watch, wait, every step. A slot is valid only in the turn in which it was
// given.
#pragma once

#include "contracts/base/clock.h"

#include <poll.h>
#include <cstddef>
#include <vector>

namespace wrapper {

class PollSet {
public:
    using Slot = std::size_t;
    static constexpr Slot kNone = static_cast<Slot>(-1);

    void begin();
    // A negative descriptor gives kNone.
    Slot want(int fd, short events);
    // The wait ends at `when` at the latest.
    void wake_at(contracts::Instant when);
    void wait(const contracts::Clock& clock);

    // What poll(2) answered, POLLERR and POLLHUP included; 0 for kNone.
    [[nodiscard]] short ready(Slot slot) const;

private:
    std::vector<pollfd> descriptors_;
    contracts::Instant wake_ = contracts::Instant::max();
};

}  // namespace wrapper

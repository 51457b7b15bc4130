// The only caller of wait(2): for the agent, for orphans that PID 1 or the subreaper inherits, and
// for our own short-lived children. A second caller would take exit statuses away from the first.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "wrapper/loop/poll_set.h"

#include <sys/resource.h>
#include <sys/types.h>
#include <array>
#include <csignal>
#include <optional>

namespace wrapper {

struct Death {
    pid_t pid;
    int status;    // as wait(2) gives it
    rusage usage;  // including the children that it waited for
};

class Reaper {
public:
    // Makes this process inherit orphans when it is not PID 1.
    [[nodiscard]] static contracts::Result<void> adopt_orphans();

    // The next child that died, without blocking. Empty: none has died, or there are no children.
    [[nodiscard]] std::optional<Death> next();
    // Whether the last `next` found that there is no child at all, living or dead.
    [[nodiscard]] bool childless() const { return childless_; }

private:
    bool childless_ = false;
};

// Blocks every signal that can be blocked and reads them as data; resets each disposition to the
// system's default. Create it before anything else.
class Signals {
public:
    [[nodiscard]] static contracts::Result<Signals> block_all();

    void watch(PollSet& poll) { slot_ = poll.want(fd_.get(), POLLIN); }
    [[nodiscard]] bool ready(const PollSet& poll) const { return poll.ready(slot_) != 0; }
    // The next signal that came; 0: none.
    [[nodiscard]] int next();

private:
    static constexpr std::size_t kAtOnce = 4;

    contracts::UniqueFd fd_;
    std::array<int, kAtOnce> read_{};  // not yet returned by `next`
    std::size_t given_ = 0;
    std::size_t count_ = 0;
    bool drained_ = false;  // the last read took every pending signal
    PollSet::Slot slot_ = PollSet::kNone;
};

}  // namespace wrapper

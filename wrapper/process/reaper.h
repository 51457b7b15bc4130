// The one owner of every wait(2): of the agent, of what it left behind and PID 1 or the subreaper
// inherits, of our own short-lived children. Somebody else who waited would take a death away from
// whoever needs it.
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
    rusage usage;  // with that of the children it waited for
};

class Reaper {
public:
    // Makes this process inherit orphans when it is not PID 1.
    [[nodiscard]] static contracts::Result<void> adopt_orphans();

    // The next that died, never waiting. Empty: nobody, or nobody is left.
    [[nodiscard]] std::optional<Death> next();
    // Whether the last `next` found that there is no child at all, living or dead.
    [[nodiscard]] bool childless() const { return childless_; }

private:
    bool childless_ = false;
};

// Every signal that a program may block, blocked and read as data; what each does by itself is the
// system's standard again. Make it before anything else.
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
    std::array<int, kAtOnce> read_{};  // and not yet given
    std::size_t given_ = 0;
    std::size_t count_ = 0;
    bool drained_ = false;  // the last read took all there was
    PollSet::Slot slot_ = PollSet::kNone;
};

}  // namespace wrapper

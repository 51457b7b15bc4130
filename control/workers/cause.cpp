#include "control/workers/cause.h"

namespace control {

namespace {

// The exit code by the shell's convention: 128 plus the signal's number.
constexpr int kKilled = 137;
constexpr int kTerminated = 143;

}  // namespace

EndCause cause_of(const std::optional<WorkerInstance>& instance, std::optional<EndCause> ours) {
    const bool we_stopped = ours.has_value();
    if (we_stopped && *ours != EndCause::stopped) return *ours;
    if (!instance) return EndCause::lost;
    if (!instance->exit_code) return EndCause::unknown;
    const int code = *instance->exit_code;
    if (code == 0) return EndCause::finished;
    if (code == kKilled && instance->oom_killed) return EndCause::out_of_memory;
    if (code == kKilled || code == kTerminated) {
        if (we_stopped) return EndCause::stopped;
        return code == kKilled ? EndCause::killed : EndCause::timeout;
    }
    return EndCause::exit_code;
}

std::string describe(EndCause cause, std::optional<std::int64_t> exit_code) {
    switch (cause) {
        case EndCause::finished:
            return {};
        case EndCause::out_of_memory:
            return "out of memory";
        case EndCause::killed:
            return "killed";
        case EndCause::timeout:
            return "timeout";
        case EndCause::stopped:
            return "stopped on request";
        case EndCause::exit_code:
            return "exit code " + std::to_string(exit_code.value_or(-1));
        case EndCause::lost:
            return "its container is gone";
        case EndCause::unknown:
            return "it ended, and the runtime does not report how";
        case EndCause::idle:
            return "stopped because it was idle";
        case EndCause::hung:
            return "killed because it stopped responding";
        case EndCause::disk_full:
            return "stopped because its files exceeded its disk limit";
    }
    return {};
}

}  // namespace control

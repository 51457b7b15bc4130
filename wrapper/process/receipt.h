// How a run ended and what it cost: the evidence that the lifecycle event contains.
#pragma once

#include "contracts/base/json.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace wrapper {

enum class Ending {
    exited,       // by itself; see exit_code
    killed,       // by a signal that was not ours
    timed_out,    // its deadline passed and we ended it
    stopped,      // we were told to stop and ended it
    dismissed,    // it had finished and did not exit, so we ended it
    not_started,  // it never ran; `error` says why
};
[[nodiscard]] std::string_view to_text(Ending ending);

struct Receipt {
    Ending ending = Ending::not_started;
    int exit_code = -1;  // of the agent's first process; -1: none
    int signal = 0;      // that ended it; 0: none
    std::string error;
    std::chrono::milliseconds duration{};
    std::chrono::microseconds cpu{};     // of all processes of the run
    std::int64_t peak_memory_bytes = 0;  // of the container; without one, of the largest process
    std::int64_t oom_kills = 0;          // processes that the kernel killed because memory ran out
    std::uint64_t output_bytes = 0;
    std::uint64_t error_bytes = 0;

    // The exit code as a shell reports it: 128 + signal after a signal.
    [[nodiscard]] int shell_code() const;
    // "the agent was killed by signal 9, out of memory"
    [[nodiscard]] std::string sentence() const;
    [[nodiscard]] contracts::Json to_json() const;
};

}  // namespace wrapper

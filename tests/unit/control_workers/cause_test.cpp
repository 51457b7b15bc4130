#include "control/workers/cause.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;

namespace {

WorkerInstance ended(std::optional<int> code, bool oom = false) {
    WorkerInstance instance;
    instance.exit_code = code;
    instance.oom_killed = oom;
    return instance;
}

}  // namespace

TEST_CASE("every end has its cause, and what is not known is never success") {
    const struct {
        std::optional<WorkerInstance> instance;
        bool we_stopped;
        EndCause cause;
        const char* words;
    } table[] = {
        {ended(0), false, EndCause::finished, ""},
        // A child may have been killed at some time: no failure of a worker that ended well.
        {ended(0, true), false, EndCause::finished, ""},
        {ended(137, true), false, EndCause::out_of_memory, "out of memory"},
        {ended(137, true), true, EndCause::out_of_memory, "out of memory"},
        {ended(137), false, EndCause::killed, "killed"},
        {ended(143), false, EndCause::timeout, "timeout"},
        {ended(143, true), false, EndCause::timeout, "timeout"},
        {ended(137), true, EndCause::stopped, "stopped on request"},
        {ended(143), true, EndCause::stopped, "stopped on request"},
        {ended(1), false, EndCause::exit_code, "exit code 1"},
        {ended(1), true, EndCause::exit_code, "exit code 1"},
        {ended(139), false, EndCause::exit_code, "exit code 139"},
        {ended(std::nullopt), false, EndCause::unknown,
         "it ended, and the runtime does not know how"},
        {std::nullopt, false, EndCause::lost, "its container is gone"},
        {std::nullopt, true, EndCause::lost, "its container is gone"},
    };
    for (const auto& row : table) {
        const EndCause cause = cause_of(row.instance, row.we_stopped);
        CHECK(cause == row.cause);
        std::optional<std::int64_t> code;
        if (row.instance && row.instance->exit_code) code = *row.instance->exit_code;
        CHECK(describe(cause, code) == row.words);
        CHECK(describe(cause, code).empty() == (cause == EndCause::finished));
    }
}

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
        std::optional<EndCause> ours;
        EndCause cause;
        const char* words;
    } table[] = {
        {ended(0), std::nullopt, EndCause::finished, ""},
        // A child was killed for memory at some time, but the worker itself ended well.
        {ended(0, true), std::nullopt, EndCause::finished, ""},
        {ended(137, true), std::nullopt, EndCause::out_of_memory, "out of memory"},
        {ended(137, true), EndCause::stopped, EndCause::out_of_memory, "out of memory"},
        {ended(137), std::nullopt, EndCause::killed, "killed"},
        {ended(143), std::nullopt, EndCause::timeout, "timeout"},
        {ended(143, true), std::nullopt, EndCause::timeout, "timeout"},
        {ended(137), EndCause::stopped, EndCause::stopped, "stopped on request"},
        {ended(143), EndCause::stopped, EndCause::stopped, "stopped on request"},
        {ended(1), std::nullopt, EndCause::exit_code, "exit code 1"},
        {ended(1), EndCause::stopped, EndCause::exit_code, "exit code 1"},
        {ended(139), std::nullopt, EndCause::exit_code, "exit code 139"},
        {ended(std::nullopt), std::nullopt, EndCause::unknown,
         "it ended, and the runtime does not report how"},
        {std::nullopt, std::nullopt, EndCause::lost, "its container is gone"},
        {std::nullopt, EndCause::stopped, EndCause::lost, "its container is gone"},
        // A worker that this daemon ended has the daemon's reason as its cause, whatever its exit.
        {ended(0), EndCause::idle, EndCause::idle, "stopped because it was idle"},
        {ended(137), EndCause::hung, EndCause::hung, "killed because it stopped responding"},
        {ended(143), EndCause::disk_full, EndCause::disk_full,
         "stopped because its files exceeded its disk limit"},
    };
    for (const auto& row : table) {
        const EndCause cause = cause_of(row.instance, row.ours);
        CHECK(cause == row.cause);
        std::optional<std::int64_t> code;
        if (row.instance && row.instance->exit_code) code = *row.instance->exit_code;
        CHECK(describe(cause, code) == row.words);
        CHECK(describe(cause, code).empty() == (cause == EndCause::finished));
    }
}

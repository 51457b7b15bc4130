// The one way the daemon runs another program: argv (never a shell), its own process group, a
// deadline for the whole, bounded output, an environment of exactly what is given, secrets by
// environment or file and never by argument. When the daemon dies the child gets SIGKILL
// (PR_SET_PDEATHSIG).
//
// Failure: a program that cannot be started is an Error (`not_found` names it); one that ran is a
// SubprocessEnd, whatever its exit code. A deadline kills the whole group and is `timed_out`; a
// stop request too, as `transient`.
#pragma once

#include "contracts/base/result.h"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct SubprocessSpec {
    std::vector<std::string> argv;  // argv[0] is looked up on PATH when it has no slash
    std::vector<std::string>
        environment{};        // "NAME=value"; PATH, HOME and LANG=C.UTF-8 are supplied when missing
    std::string directory{};  // empty: ours
    std::string input{};      // standard input, then end of file
    std::chrono::milliseconds deadline{60'000};
    std::size_t max_output = 1 << 20;  // of each stream; the head and the tail are kept
    std::optional<unsigned> uid{};     // run as this user and group
    std::function<void(std::string_view line)> on_line{};  // standard output and error as they come
};

struct SubprocessEnd {
    int exit_code = 0;  // 128 + signal when a signal ended it
    std::string output;
    std::string error_output;
    bool output_complete = true;  // false: more than max_output came, and its middle is missing
    [[nodiscard]] bool success() const { return exit_code == 0; }
};

[[nodiscard]] contracts::Result<SubprocessEnd> run_subprocess(const SubprocessSpec& spec,
                                                              std::stop_token stop = {});

// The program that `name` means: itself when it has a slash, else the first of the directories of
// `path` (as in PATH) that has it. Fails with `not_found`.
[[nodiscard]] contracts::Result<std::string> find_program(const std::string& name,
                                                          std::string_view path);

}  // namespace control

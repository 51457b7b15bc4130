// The one way in which the daemon runs another program: argv (never a shell), its own process
// group, one deadline, bounded output, exactly the given environment, secrets by environment or
// file and never by argument. When the daemon dies, the child gets SIGKILL (PR_SET_PDEATHSIG).
//
// Failure: a program that cannot be started is an Error (`not_found` names it); a program that ran
// is a SubprocessEnd, whatever its exit code. A deadline kills the whole group and is `timed_out`;
// a stop request does the same and is `transient`.
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
    std::size_t max_output = 1 << 20;  // of each stream; only its head and tail are kept
    std::optional<unsigned> uid{};     // run as this user and group
    std::function<void(std::string_view line)> on_line{};  // receives standard output and error
                                                           // line by line
};

struct SubprocessEnd {
    int exit_code = 0;  // 128 + the signal if a signal ended it
    std::string output;
    std::string error_output;
    bool output_complete = true;  // false: there was more than max_output, and the middle is
                                  // missing
    [[nodiscard]] bool success() const { return exit_code == 0; }
};

[[nodiscard]] contracts::Result<SubprocessEnd> run_subprocess(const SubprocessSpec& spec,
                                                              std::stop_token stop = {});

// The program that `name` means: `name` itself if it contains a slash, else the first match in the
// directories of `path` (as in PATH). Fails with `not_found`.
[[nodiscard]] contracts::Result<std::string> find_program(const std::string& name,
                                                          std::string_view path);

}  // namespace control

// A program that a test starts. It leads its own process group; the whole group gets SIGKILL when
// the object goes, and the program itself when the test dies (strictly: when the thread that
// started it ends).
//
// What it prints is kept in memory-backed files, one for each stream. Functions throw
// std::runtime_error, also if the program cannot be executed.
#pragma once

#include "contracts/base/unique_fd.h"

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct ChildOptions {
    std::vector<std::string> argv;                     // argv[0] is looked up on PATH
    std::map<std::string, std::string> environment{};  // added to ours, or instead of ours
    bool inherit_environment = true;
    std::string directory{};  // empty: our own
    std::string input{};      // standard input, then end of file
};

// Exactly one of the two is meaningful.
struct ChildEnd {
    int exit_code = -1;
    int signal = 0;
    [[nodiscard]] bool success() const { return signal == 0 && exit_code == 0; }
    friend bool operator==(const ChildEnd&, const ChildEnd&) = default;
};

class ChildProcess {
public:
    explicit ChildProcess(ChildOptions options);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running() { return !wait(std::chrono::milliseconds{0}); }

    // Empty while the program runs. A program that has ended stays a zombie until the object is
    // destroyed, so that no other process can get its pid.
    [[nodiscard]] std::optional<ChildEnd> wait(std::chrono::milliseconds limit);
    // Throws, with the program's standard error, if it has not ended within `limit`.
    ChildEnd must_end(std::chrono::milliseconds limit = std::chrono::seconds{20});

    void send(int signal) const;
    // Sends TERM, and KILL to the whole group if the program has not ended within `grace`.
    ChildEnd stop(std::chrono::milliseconds grace = std::chrono::seconds{5});
    // Sends KILL to the whole group.
    ChildEnd kill();

    // Everything printed so far.
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string error_output() const;

private:
    void reap() noexcept;

    std::string name_;
    pid_t pid_ = -1;
    contracts::UniqueFd pid_fd_;
    contracts::UniqueFd output_;
    contracts::UniqueFd error_output_;
};

struct Finished {
    ChildEnd end;
    std::string output;
    std::string error_output;
};

// Runs the program to its end. Throws if it has not ended within `limit`.
[[nodiscard]] Finished run(ChildOptions options,
                           std::chrono::milliseconds limit = std::chrono::seconds{60});

// Runs the program to its end; throws, with its output, unless it exits with 0. Returns its
// standard output.
std::string run_successfully(ChildOptions options,
                             std::chrono::milliseconds limit = std::chrono::seconds{60});

}  // namespace tests

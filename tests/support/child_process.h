// A program that a test starts. It leads its own process group; the whole group gets SIGKILL when
// the object goes, and the program itself when the test dies (strictly: when the thread that
// started it ends).
//
// What it prints is kept in memory-backed files, each stream apart. Throws std::runtime_error, also
// where the program cannot be executed.
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
    std::map<std::string, std::string> environment{};  // added to ours, or all there is
    bool inherit_environment = true;
    std::string directory{};  // empty: ours
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

    // Empty: it still runs. A program that has ended stays a zombie until the object goes, so that
    // no other process can take its pid meanwhile.
    [[nodiscard]] std::optional<ChildEnd> wait(std::chrono::milliseconds limit);
    // Throws, with what the program said on standard error, when it has not ended within `limit`.
    ChildEnd must_end(std::chrono::milliseconds limit = std::chrono::seconds{20});

    void send(int signal) const;
    // TERM, and KILL to the whole group when that did not end it within `grace`.
    ChildEnd stop(std::chrono::milliseconds grace = std::chrono::seconds{5});
    // KILL to the whole group.
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

// Runs to the end. Throws where it does not end within `limit`.
[[nodiscard]] Finished run(ChildOptions options,
                           std::chrono::milliseconds limit = std::chrono::seconds{60});

// Runs to the end and throws, with what the program said, unless it exits 0. Returns its standard
// output.
std::string run_successfully(ChildOptions options,
                             std::chrono::milliseconds limit = std::chrono::seconds{60});

}  // namespace tests

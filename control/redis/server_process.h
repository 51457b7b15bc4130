// One run of redis-server as a child of this process.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <sys/types.h>
#include <chrono>
#include <string>

namespace control {

struct ServerProgram {
    std::string program;        // an absolute path
    std::string configuration;  // its only argument
    int log;                    // standard output and error
    int lock;                   // stays open in the child until it ends
};

// When the thread that started it ends, the child gets SIGTERM, on which Redis writes its data out
// and ends: start it from a thread that lives long enough. The child inherits neither our
// environment nor any other descriptor.
class ServerProcess {
public:
    [[nodiscard]] static contracts::Result<ServerProcess> start(const ServerProgram& program);
    ServerProcess(ServerProcess&&) noexcept;
    ServerProcess& operator=(ServerProcess&&) = delete;
    // Kills the child if it was not stopped.
    ~ServerProcess();

    // Readable when the child has ended.
    [[nodiscard]] int fd() const { return pidfd_.get(); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    // Waits at most `limit` for its end.
    [[nodiscard]] bool wait(std::chrono::milliseconds limit);
    // "exit code 1" or "signal 9"; set once it has ended.
    [[nodiscard]] const std::string& how_it_ended() const { return ended_; }
    // Sends SIGTERM, and SIGKILL if the child has not ended within `grace`.
    void stop(std::chrono::milliseconds grace);

private:
    ServerProcess(pid_t pid, contracts::UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    pid_t pid_;
    contracts::UniqueFd pidfd_;
    std::string ended_;
};

}  // namespace control

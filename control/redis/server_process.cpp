#include "control/redis/server_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <cerrno>
#include <csignal>

namespace control {

using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr int kLockFd = 3;

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const ServerProgram& program, pid_t parent, char* const* argv,
                         char* const* envp) {
    // A terminal's Ctrl-C is meant for the daemon, which then stops its child in order.
    ::setsid();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Each descriptor may have the number that the other needs: first move both away, then put them
    // in place.
    const int log = ::fcntl(program.log, F_DUPFD, kLockFd + 1);
    const int lock = ::fcntl(program.lock, F_DUPFD, kLockFd + 1);
    const int nothing = ::open("/dev/null", O_RDONLY);
    const bool placed = ::dup2(nothing, 0) == 0 && ::dup2(log, 1) == 1 && ::dup2(log, 2) == 2 &&
                        ::dup2(lock, kLockFd) == kLockFd &&
                        ::syscall(SYS_close_range, kLockFd + 1, ~0U, 0) == 0;
    if (!placed || ::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != parent) ::_exit(126);
    ::execve(program.program.c_str(), argv, envp);
    ::_exit(127);
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const ServerProgram& program) {
    std::string name = "redis-server";
    std::string configuration = program.configuration;
    char* const argv[] = {name.data(), configuration.data(), nullptr};
    std::string locale = "LANG=C.UTF-8";
    char* const envp[] = {locale.data(), nullptr};
    const pid_t parent = ::getpid();
    // Our signal handlers must not run in the child.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) become(program, parent, argv, envp);
    const int fault = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return fail(system_error(fault, "fork"));
    ServerProcess process(pid, UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
    if (!process.pidfd_.valid()) return fail(system_error(errno, "pidfd_open"));
    return process;
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      ended_(std::move(other.ended_)) {}

ServerProcess::~ServerProcess() {
    if (pid_ < 0 || !ended_.empty()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

bool ServerProcess::wait(std::chrono::milliseconds limit) {
    if (!ended_.empty()) return true;
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return false;
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) return false;
    ended_ = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                 : "exit code " + std::to_string(WEXITSTATUS(status));
    return true;
}

void ServerProcess::stop(std::chrono::milliseconds grace) {
    if (!ended_.empty()) return;
    ::kill(pid_, SIGTERM);
    if (wait(grace)) return;
    ::kill(pid_, SIGKILL);
    while (!wait(std::chrono::seconds(1))) {
    }
}

}  // namespace control

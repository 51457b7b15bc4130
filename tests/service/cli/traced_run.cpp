#include "traced_run.h"

#include "contracts/base/result.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace tests {

namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;

[[noreturn]] void fail_now(const char* what) {
    throw std::runtime_error(contracts::system_error(errno, what).describe());
}

// Runs between fork and exec, so it may make system calls only.
[[noreturn]] void become(char* const* argv, char* const* environment) {
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2})
        ::dup2(nothing, fd);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) ::execve(argv[0], argv, environment);
    ::_exit(127);
}

class Traced {
public:
    Traced(char* const* argv, char* const* environment) : pid_(::fork()) {
        if (pid_ < 0) fail_now("fork");
        if (pid_ == 0) become(argv, environment);
        wait();
        if (WIFSTOPPED(status_) && ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr,
                                            PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
            fail_now("ptrace");
    }
    ~Traced() {
        if (ended()) return;
        ::kill(pid_, SIGKILL);
        while (!ended())
            wait();
    }
    Traced(const Traced&) = delete;
    Traced& operator=(const Traced&) = delete;

    [[nodiscard]] bool ended() const { return WIFEXITED(status_) || WIFSIGNALED(status_); }
    [[nodiscard]] int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

    // Continues to the next entry or exit of a system call; false if the program has ended.
    bool go_on() {
        int signal = 0;
        do {
            if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, signal) != 0) fail_now("ptrace");
            wait();
            signal = WIFSTOPPED(status_) && WSTOPSIG(status_) != SIGTRAP ? WSTOPSIG(status_) : 0;
        } while (!ended() && WSTOPSIG(status_) != kSyscallStop);
        return !ended();
    }

    [[nodiscard]] bool enters_socket() const {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, &info) <= 0) fail_now("ptrace");
        return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_socket;
    }

private:
    void wait() {
        while (::waitpid(pid_, &status_, 0) < 0)
            if (errno != EINTR) fail_now("waitpid");
    }

    pid_t pid_;
    int status_ = 0;
};

}  // namespace

TracedEnd run_and_kill(const ChildOptions& options, int at) {
    std::vector<std::string> words = options.argv;
    std::vector<std::string> lines;
    for (const auto& [name, value] : options.environment)
        lines.push_back(name + "=" + value);
    const auto pointers = [](std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (std::string& text : texts)
            all.push_back(text.data());
        all.push_back(nullptr);
        return all;
    };
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> environment = pointers(lines);

    Traced program(argv.data(), environment.data());
    TracedEnd end;
    bool counts = false;
    while (program.go_on()) {
        counts = counts || program.enters_socket();
        if (!counts) continue;
        if (end.stops++ != at) continue;
        end.killed = true;
        return end;
    }
    end.exit_code = program.exit_code();
    return end;
}

}  // namespace tests

#include "control/subprocess/subprocess.h"

#include "contracts/base/bounded_text.h"
#include "contracts/base/unique_fd.h"
#include "control/subprocess/pipe.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace control {

using contracts::BoundedText;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// How long we keep reading after the program has ended, in case a grandchild keeps its output open.
constexpr milliseconds kLeakedOutputGrace{200};

void set_nonblocking(const UniqueFd& fd) {
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

// write(2) without SIGPIPE, however this process treats that signal: a pipe does not support
// MSG_NOSIGNAL.
ssize_t write_quietly(int fd, const char* bytes, std::size_t count) {
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const ssize_t put = ::write(fd, bytes, count);
    const int reason = errno;
    if (put < 0 && reason == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
        const timespec at_once{};
        while (sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = reason;
    return put;
}

std::vector<std::string> complete_environment(std::vector<std::string> environment) {
    const auto has = [&](std::string_view name) {
        for (const std::string& entry : environment)
            if (entry.starts_with(name)) return true;
        return false;
    };
    const auto inherit = [&](const std::string& name, const char* fallback) {
        if (has(name + '=')) return;
        const char* value = std::getenv(name.c_str());
        environment.push_back(name + '=' + (value != nullptr ? value : fallback));
    };
    inherit("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    inherit("HOME", "/");
    if (!has("LANG=")) environment.emplace_back("LANG=C.UTF-8");
    return environment;
}

std::string_view value_of(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string_view entry : environment)
        if (entry.starts_with(name)) return entry.substr(name.size());
    return {};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const std::string& text : texts)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

// Everything the child needs, built before the fork: after it only async-signal-safe calls are
// made.
struct Launch {
    const char* program;
    char* const* argv;
    char* const* envp;
    const char* directory;
    const unsigned* uid;
    int input, output, error_output, report;
    pid_t parent;
};

[[noreturn]] void give_up(const Launch& launch) {
    const int reason = errno;
    if (::write(launch.report, &reason, sizeof reason) < 0) ::_exit(126);
    ::_exit(127);
}

[[noreturn]] void become(const Launch& launch) {
    ::setsid();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != launch.parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    sigaction(SIGPIPE, &standard, nullptr);
    if (::dup2(launch.input, 0) < 0 || ::dup2(launch.output, 1) < 0 ||
        ::dup2(launch.error_output, 2) < 0)
        give_up(launch);
    if (launch.uid != nullptr) {
        const unsigned id = *launch.uid;
        if (::setgroups(0, nullptr) != 0 || ::setresgid(id, id, id) != 0 ||
            ::setresuid(id, id, id) != 0)
            give_up(launch);
        // Changing the user clears the parent-death signal.
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(launch);
    }
    if (launch.directory != nullptr && ::chdir(launch.directory) != 0) give_up(launch);
    ::execve(launch.program, launch.argv, launch.envp);
    give_up(launch);
}

class Subprocess {
public:
    explicit Subprocess(const SubprocessSpec& spec)
        : spec_(spec), output_(spec.max_output / 2), error_output_(spec.max_output / 2) {}
    ~Subprocess() {
        if (pid_ > 0) {
            kill_group();
            reap();
        }
    }

    Result<void> start();
    Result<SubprocessEnd> finish(std::stop_token stop);

private:
    void kill_group() const {
        ::kill(-pid_, SIGKILL);
        ::kill(pid_, SIGKILL);
    }
    int reap() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    void feed();
    void drain(UniqueFd& from, BoundedText& into, std::string& line);
    void report_lines(std::string& line, std::string_view bytes);

    const SubprocessSpec& spec_;
    pid_t pid_ = -1;
    UniqueFd pidfd_, in_, out_, err_;
    std::size_t fed_ = 0;
    BoundedText output_, error_output_;
    std::string out_line_, err_line_;
};

Result<void> Subprocess::start() {
    const std::vector<std::string> environment = complete_environment(spec_.environment);
    Result<std::string> program = find_program(spec_.argv.front(), value_of(environment, "PATH="));
    if (!program) return program.fault();
    Result<Pipe> input = make_pipe(), output = make_pipe(), error = make_pipe(),
                 report = make_pipe();
    for (const auto* pipe : {&input, &output, &error, &report})
        if (!*pipe) return pipe->fault();

    const std::vector<char*> argv = pointers(spec_.argv), envp = pointers(environment);
    const Launch launch{program->c_str(),
                        argv.data(),
                        envp.data(),
                        spec_.directory.empty() ? nullptr : spec_.directory.c_str(),
                        spec_.uid ? &*spec_.uid : nullptr,
                        input->read.get(),
                        output->write.get(),
                        error->write.get(),
                        report->write.get(),
                        ::getpid()};
    // All signals are blocked while two processes share our handlers.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) become(launch);
    const int fork_errno = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return fail(system_error(fork_errno, "fork"));
    pid_ = pid;

    report->write.reset();
    int reason = 0;
    ssize_t got;
    while ((got = ::read(report->read.get(), &reason, sizeof reason)) < 0 && errno == EINTR) {
    }
    if (got == static_cast<ssize_t>(sizeof reason))
        return fail(system_error(reason, "start " + spec_.argv.front()));

    pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_.valid()) return fail(system_error(errno, "pidfd_open"));
    in_ = std::move(input->write);
    out_ = std::move(output->read);
    err_ = std::move(error->read);
    for (const UniqueFd* fd : {&in_, &out_, &err_})
        set_nonblocking(*fd);
    return {};
}

void Subprocess::feed() {
    while (fed_ < spec_.input.size()) {
        const ssize_t put =
            write_quietly(in_.get(), spec_.input.data() + fed_, spec_.input.size() - fed_);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) return;
        if (put < 0) break;  // it does not read any more
        fed_ += static_cast<std::size_t>(put);
    }
    in_.reset();
}

void Subprocess::report_lines(std::string& line, std::string_view bytes) {
    constexpr std::size_t kMaxLine = 64 << 10;
    for (const char c : bytes) {
        if (c != '\n' && line.size() < kMaxLine) {
            line += c;
            continue;
        }
        spec_.on_line(line);
        line.clear();
        if (c != '\n') line += c;
    }
}

void Subprocess::drain(UniqueFd& from, BoundedText& into, std::string& line) {
    std::array<char, 16384> buffer;
    for (;;) {
        const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            from.reset();
            if (spec_.on_line && !line.empty()) spec_.on_line(line);
            line.clear();
            return;
        }
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        into.append(bytes);
        if (spec_.on_line) report_lines(line, bytes);
    }
}

Result<SubprocessEnd> Subprocess::finish(std::stop_token stop) {
    const UniqueFd stopped(::eventfd(0, EFD_CLOEXEC));
    const std::stop_callback wake(stop, [&] {
        const std::uint64_t one = 1;
        if (::write(stopped.get(), &one, sizeof one) < 0) kill_group();
    });
    auto deadline = steady_clock::now() + spec_.deadline;
    bool ended = false;
    feed();
    while (!ended || out_.valid() || err_.valid()) {
        std::array<pollfd, 5> watched{{{ended ? -1 : pidfd_.get(), POLLIN, 0},
                                       {out_.get(), POLLIN, 0},
                                       {err_.get(), POLLIN, 0},
                                       {in_.get(), POLLOUT, 0},
                                       {stopped.get(), POLLIN, 0}}};
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
        if (left <= 0) {
            if (ended) break;
            kill_group();
            return fail(ErrorKind::timed_out, spec_.argv.front() + " did not finish in " +
                                                  std::to_string(spec_.deadline.count()) +
                                                  " ms: " + error_output_.tail(1024));
        }
        const int ready = ::poll(watched.data(), watched.size(),
                                 static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (ready < 0 && errno != EINTR) return fail(system_error(errno, "poll"));
        if (ready <= 0) continue;
        if (watched[4].revents != 0) {
            kill_group();
            return fail(ErrorKind::transient, spec_.argv.front() + " was stopped");
        }
        if (watched[1].revents != 0) drain(out_, output_, out_line_);
        if (watched[2].revents != 0) drain(err_, error_output_, err_line_);
        if (watched[3].revents != 0) feed();
        if (watched[0].revents != 0) {
            ended = true;
            deadline = steady_clock::now() + kLeakedOutputGrace;
        }
    }
    ::kill(-pid_, SIGKILL);  // no process of its group outlives it
    SubprocessEnd end;
    end.exit_code = reap();
    end.output = output_.text();
    end.output_complete = output_.total() <= spec_.max_output;
    end.error_output = error_output_.text();
    return end;
}

}  // namespace

// execve does not search PATH. The search is done before the fork, so that the child has nothing
// left to decide.
Result<std::string> find_program(const std::string& name, std::string_view path) {
    if (name.find('/') != std::string::npos) return name;
    while (!path.empty()) {
        const std::size_t colon = std::min(path.find(':'), path.size());
        std::string candidate(path.substr(0, colon));
        candidate.append("/").append(name);
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        path.remove_prefix(std::min(colon + 1, path.size()));
    }
    return fail(ErrorKind::not_found, name + " is not installed", {},
                "install it or add it to PATH");
}

Result<SubprocessEnd> run_subprocess(const SubprocessSpec& spec, std::stop_token stop) {
    Subprocess subprocess(spec);
    if (Result<void> started = subprocess.start(); !started) return started.fault();
    return subprocess.finish(std::move(stop));
}

}  // namespace control

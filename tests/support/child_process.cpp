#include "tests/support/child_process.h"

#include "contracts/base/result.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tests {
namespace {

using contracts::UniqueFd;

int checked(int result, std::string_view what) {
    if (result < 0) throw std::runtime_error(contracts::system_error(errno, what).describe());
    return result;
}

UniqueFd memory_file(const char* name) {
    return UniqueFd(checked(::memfd_create(name, MFD_CLOEXEC), "memfd_create"));
}

UniqueFd input_file(const std::string& input) {
    if (input.empty()) return UniqueFd(checked(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open"));
    UniqueFd file = memory_file("input");
    for (std::size_t done = 0; done < input.size();) {
        done += static_cast<std::size_t>(
            checked(static_cast<int>(::write(file.get(), input.data() + done,
                                             std::min(input.size() - done, std::size_t{1} << 30))),
                    "write input"));
    }
    checked(static_cast<int>(::lseek(file.get(), 0, SEEK_SET)), "lseek");
    return file;
}

std::string content(const UniqueFd& file) {
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t size =
            ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
        if (size <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

std::vector<std::string> environment_of(const ChildOptions& options) {
    std::map<std::string, std::string> all = options.environment;
    for (char** entry = environ; options.inherit_environment && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            all.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    std::vector<std::string> lines;
    for (const auto& [name, value] : all)
        lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

struct Plan {
    char* const* argv;
    char* const* environment;
    const char* directory;
    pid_t parent;
    int input, output, error_output, failure;
};

// Runs between fork and exec, so it may make system calls only.
[[noreturn]] void become(const Plan& plan) {
    sigset_t none;
    sigemptyset(&none);
    const bool ready = ::setpgid(0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
                       ::getppid() == plan.parent &&
                       ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0 &&
                       ::dup2(plan.input, 0) == 0 && ::dup2(plan.output, 1) == 1 &&
                       ::dup2(plan.error_output, 2) == 2 &&
                       (*plan.directory == '\0' || ::chdir(plan.directory) == 0);
    if (ready) ::execvpe(plan.argv[0], plan.argv, plan.environment);
    const int cause = errno;
    [[maybe_unused]] const ssize_t told = ::write(plan.failure, &cause, sizeof cause);
    ::_exit(127);
}

ChildEnd end_of(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) return {.exit_code = info.si_status, .signal = 0};
    return {.exit_code = -1, .signal = info.si_status};
}

}  // namespace

ChildProcess::ChildProcess(ChildOptions options)
    : name_(options.argv.at(0)),
      output_(memory_file("output")),
      error_output_(memory_file("errors")) {
    std::vector<std::string> environment = environment_of(options);
    const std::vector<char*> argv = pointers(options.argv);
    const std::vector<char*> variables = pointers(environment);
    const UniqueFd input = input_file(options.input);
    std::array<int, 2> pipe_ends{};
    checked(::pipe2(pipe_ends.data(), O_CLOEXEC), "pipe2");
    const UniqueFd failure_reader(pipe_ends[0]);
    UniqueFd failure_writer(pipe_ends[1]);
    const Plan plan{.argv = argv.data(),
                    .environment = variables.data(),
                    .directory = options.directory.c_str(),
                    .parent = ::getpid(),
                    .input = input.get(),
                    .output = output_.get(),
                    .error_output = error_output_.get(),
                    .failure = failure_writer.get()};
    pid_ = checked(::fork(), "fork");
    if (pid_ == 0) become(plan);
    pid_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    failure_writer.reset();
    int cause = 0;
    if (::read(failure_reader.get(), &cause, sizeof cause) > 0) {
        reap();
        throw std::runtime_error(contracts::system_error(cause, "start " + name_).describe());
    }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::move(other.pid_fd_)),
      output_(std::move(other.output_)),
      error_output_(std::move(other.error_output_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this == &other) return *this;
    reap();
    name_ = std::move(other.name_);
    pid_ = std::exchange(other.pid_, -1);
    pid_fd_ = std::move(other.pid_fd_);
    output_ = std::move(other.output_);
    error_output_ = std::move(other.error_output_);
    return *this;
}

ChildProcess::~ChildProcess() {
    reap();
}

void ChildProcess::reap() noexcept {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

std::optional<ChildEnd> ChildProcess::wait(std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        siginfo_t info{};
        checked(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT),
                "waitid " + name_);
        if (info.si_pid == pid_) return end_of(info);
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return std::nullopt;
        pollfd ended{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
        ::poll(&ended, 1, static_cast<int>(left.count()));
    }
}

ChildEnd ChildProcess::must_end(std::chrono::milliseconds limit) {
    if (const auto end = wait(limit)) return *end;
    throw std::runtime_error(name_ + " did not end within " + std::to_string(limit.count()) +
                             " ms; it said: " + error_output());
}

void ChildProcess::send(int signal) const {
    ::kill(pid_, signal);
}

ChildEnd ChildProcess::stop(std::chrono::milliseconds grace) {
    send(SIGTERM);
    if (const auto end = wait(grace)) return *end;
    return kill();
}

ChildEnd ChildProcess::kill() {
    ::kill(-pid_, SIGKILL);
    return must_end();
}

std::string ChildProcess::output() const {
    return content(output_);
}

std::string ChildProcess::error_output() const {
    return content(error_output_);
}

Finished run(ChildOptions options, std::chrono::milliseconds limit) {
    ChildProcess child(std::move(options));
    const ChildEnd end = child.must_end(limit);
    return {.end = end, .output = child.output(), .error_output = child.error_output()};
}

std::string run_successfully(ChildOptions options, std::chrono::milliseconds limit) {
    const std::string name = options.argv.at(0);
    Finished finished = run(std::move(options), limit);
    if (!finished.end.success()) {
        const std::string how = finished.end.signal != 0
                                    ? " died of signal " + std::to_string(finished.end.signal)
                                    : " exited " + std::to_string(finished.end.exit_code);
        throw std::runtime_error(name + how + ": " + finished.error_output);
    }
    return std::move(finished.output);
}

}  // namespace tests

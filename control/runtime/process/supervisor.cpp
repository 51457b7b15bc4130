#include "control/runtime/process/supervisor.h"

#include "contracts/base/write_all.h"
#include "control/runtime/process/bounded_log.h"
#include "control/runtime/process/instance.h"
#include "control/runtime/process/tree.h"
#include "control/subprocess/pipe.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

namespace control {

using contracts::Error;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;
using process::BoundedLog;
using process::Exit;
using process::Identity;
using process::Instance;
using process::InstanceFiles;
using process::Launch;

namespace {

constexpr std::chrono::seconds kTreePatience{10};
// Between two runs of a service; after a run of this length the pauses start again with the first.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{60'000};
constexpr std::chrono::seconds kStableLife{10};
// Distinguishes success from a broken pipe.
constexpr std::string_view kStarted = "started ";
constexpr std::string_view kNoNetworkOfItsOwn =
    "this worker has no network of its own: its agent can reach everything that this machine can\n";

std::string read_text(int fd) {
    std::string text;
    char buffer[1024];
    ssize_t size = 0;
    while ((size = ::read(fd, buffer, sizeof buffer)) > 0 || (size < 0 && errno == EINTR))
        if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
    return text;
}

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGQUIT, SIGCHLD, SIGINT, SIGHUP, SIGPIPE})
        sigaddset(&set, signal);
    return set;
}

// argv and envp, built before the fork.
class Arguments {
public:
    explicit Arguments(const Launch& launch) {
        argv_ = {const_cast<char*>(launch.program.c_str())};
        for (const std::string& argument : launch.arguments)
            argv_.push_back(const_cast<char*>(argument.c_str()));
        argv_.push_back(nullptr);
        for (const std::string& line : launch.environment)
            environment_.push_back(const_cast<char*>(line.c_str()));
        environment_.push_back(nullptr);
    }
    [[nodiscard]] char** argv() { return argv_.data(); }
    [[nodiscard]] char** environment() { return environment_.data(); }

private:
    std::vector<char*> argv_;
    std::vector<char*> environment_;
};

// Enters namespaces with a loopback for this worker only, and no way out: everything it needs goes
// through the sockets of its control directory. Other programs' segments and queues are out of
// reach, and its own end with it. False if we may not create namespaces, with errno set.
bool leave_networks() {
    const UniqueFd before(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (::unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) return false;
    const UniqueFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq loopback{};
    loopback.ifr_name[0] = 'l';
    loopback.ifr_name[1] = 'o';
    loopback.ifr_flags = IFF_UP;
    if (::ioctl(any.get(), SIOCSIFFLAGS, &loopback) == 0) return true;
    ::setns(before.get(), CLONE_NEWNET);  // without a loopback the relays could not be reached
    return false;
}

// Gives up all our privileges permanently. False with errno set.
bool become_user(std::uint32_t uid) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (uid == 0) return true;
    return ::setgroups(0, nullptr) == 0 && ::setresgid(uid, uid, uid) == 0 &&
           ::setresuid(uid, uid, uid) == 0;
}

// The kernel counts the processes of a user and exempts root, so the limit applies to the agent and
// not to the wrapper. False with errno set.
bool limit_processes(const Launch& launch) {
    if (launch.pids == 0 || launch.uid == 0) return true;
    const rlimit limit{static_cast<rlim_t>(launch.pids), static_cast<rlim_t>(launch.pids)};
    return ::setrlimit(RLIMIT_NPROC, &limit) == 0;
}

// Runs in the child, between fork and exec. Returns only if a step failed, with errno set.
void become_wrapper(const Launch& launch, Arguments& arguments, pid_t parent, int output) {
    sigset_t none;
    sigemptyset(&none);
    // Must be first, because a change of the user clears the signal for the parent's death.
    if (launch.service && !become_user(launch.uid)) return;
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return;
    if (::getppid() != parent) ::_exit(1);
    if (::setsid() < 0) return;
    if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) return;
    if (::chdir(launch.directory.c_str()) != 0) return;
    if (!limit_processes(launch)) return;
    if (!launch.service && !leave_networks())
        (void)contracts::write_all(STDERR_FILENO, kNoNetworkOfItsOwn);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return;
    ::execve(launch.program.c_str(), arguments.argv(), arguments.environment());
}

class Supervisor {
public:
    Supervisor(const InstanceFiles& files, Launch launch)
        : files_(files), launch_(std::move(launch)), log_(files.path("log"), files.path("log.1")) {}

    Result<std::string> start();
    void run();

private:
    Result<void> prepare();
    Result<void> start_wrapper();
    void take_signals();
    void take_output();
    void reap(pid_t pid, int status);
    void reap_all();
    void wait_for_exit();
    bool start_again();
    // While a new version of a service takes over, two versions may run as the same user.
    [[nodiscard]] std::uint32_t user_to_kill() const { return launch_.service ? 0 : launch_.uid; }
    void finish();

    const InstanceFiles& files_;
    Launch launch_;
    BoundedLog log_;
    UniqueFd signals_;
    UniqueFd output_;
    pid_t wrapper_ = -1;
    std::optional<int> exit_code_;
    bool stopping_ = false;
    std::chrono::milliseconds pause_ = kFirstPause;
    std::chrono::steady_clock::time_point started_{};
};

Result<void> Supervisor::prepare() {
    ::prctl(PR_SET_NAME, "worker-watch", 0, 0, 0);
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return fail(system_error(errno, "prctl PR_SET_CHILD_SUBREAPER"));
    const sigset_t set = watched_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.valid()) return fail(system_error(errno, "signalfd"));
    if (launch_.service && !leave_networks()) log_.append(kNoNetworkOfItsOwn);
    return {};
}

Result<void> Supervisor::start_wrapper() {
    auto output = make_pipe();
    auto failure = make_pipe();
    if (!output || !failure) return fail(!output ? output.error() : failure.error());
    Arguments arguments(launch_);
    const pid_t parent = ::getpid();
    started_ = std::chrono::steady_clock::now();
    wrapper_ = ::fork();
    if (wrapper_ < 0) return fail(system_error(errno, "fork"));
    if (wrapper_ == 0) {
        become_wrapper(launch_, arguments, parent, output->write.get());
        const int reason = errno;
        (void)!::write(failure->write.get(), &reason, sizeof reason);
        ::_exit(127);
    }
    failure->write.reset();
    output->write.reset();
    int reason = 0;
    if (::read(failure->read.get(), &reason, sizeof reason) == sizeof reason) {
        ::waitpid(wrapper_, nullptr, 0);
        return fail(system_error(reason, "start " + launch_.program + " in " + launch_.directory));
    }
    output_ = std::move(output->read);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    return {};
}

// The instance is on disk before the wrapper exists, so that everything that runs can be found.
Result<std::string> Supervisor::start() {
    if (auto prepared = prepare(); !prepared) return prepared.fault();
    auto identity = Identity::of(::getpid());
    if (!identity) return identity.fault();
    const Instance instance{launch_.owner, launch_.worker_id, std::move(*identity)};
    if (auto written = files_.write(instance); !written) return written.fault();
    if (auto started = start_wrapper(); !started) return started.fault();
    return instance.id();
}

void Supervisor::take_output() {
    char buffer[16384];
    ssize_t size = 0;
    while ((size = ::read(output_.get(), buffer, sizeof buffer)) > 0)
        log_.append({buffer, static_cast<std::size_t>(size)});
    if (size == 0) output_.reset();
}

void Supervisor::reap(pid_t pid, int status) {
    if (pid != wrapper_) return;
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Supervisor::reap_all() {
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0)
        reap(pid, status);
}

void Supervisor::take_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        stopping_ |= info.ssi_signo == SIGTERM || info.ssi_signo == SIGQUIT;
        if (info.ssi_signo == SIGTERM && !exit_code_) ::kill(wrapper_, SIGTERM);
        if (info.ssi_signo == SIGQUIT) {
            process::kill_descendants();
            process::kill_user(user_to_kill());
        }
    }
    reap_all();
}

void Supervisor::wait_for_exit() {
    while (!exit_code_) {
        pollfd ready[] = {{signals_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
        ::poll(ready, 2, -1);
        if (ready[1].revents != 0) take_output();
        if (ready[0].revents != 0) take_signals();
    }
}

void Supervisor::run() {
    do
        wait_for_exit();
    while (start_again());
    finish();
}

// Removes everything of the last run before the next begins. False if the service should not be
// restarted.
bool Supervisor::start_again() {
    while (launch_.service && !stopping_ && files_.is_kept()) {
        finish();
        if (std::chrono::steady_clock::now() - started_ >= kStableLife) pause_ = kFirstPause;
        const auto until = std::chrono::steady_clock::now() + pause_;
        pause_ = std::min(2 * pause_, kLongestPause);
        while (!stopping_ && std::chrono::steady_clock::now() < until) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            pollfd ready{signals_.get(), POLLIN, 0};
            if (::poll(&ready, 1, static_cast<int>(left.count())) > 0) take_signals();
        }
        if (stopping_) return false;
        exit_code_.reset();
        const auto started = start_wrapper();
        if (started) return true;
        log_.append(started.error().describe() + "\n");
        exit_code_ = 127;
    }
    return false;
}

void Supervisor::finish() {
    process::end_descendants(user_to_kill(), kTreePatience,
                             [this](pid_t pid, int status) { reap(pid, status); });
    if (output_.valid()) take_output();
    output_.reset();
    (void)files_.write(Exit{*exit_code_, contracts::SystemClock().now()});
}

// The detached half: of its caller it keeps only `report`.
int supervise(const InstanceFiles& files, Launch launch, UniqueFd report) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), fd);
    (void)!::chdir("/");
    Supervisor supervisor(files, std::move(launch));
    const auto id = supervisor.start();
    (void)contracts::write_all(report.get(),
                               id ? std::string(kStarted) + *id : id.error().describe());
    report.reset();
    if (!id) return 1;
    supervisor.run();
    return 0;
}

void close_inherited() {
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
}

int say_failure(const Error& error) {
    (void)contracts::write_all(STDERR_FILENO, error.describe() + "\n");
    return 1;
}

}  // namespace

int run_process_supervisor(const std::string& directory) {
    close_inherited();
    const InstanceFiles files(directory);
    auto launch = files.launch();
    if (!launch) return say_failure(launch.error());
    auto report = make_pipe();
    if (!report) return say_failure(report.error());
    const pid_t child = ::fork();
    if (child < 0) return say_failure(system_error(errno, "fork"));
    if (child == 0) {
        report->read.reset();
        ::_exit(supervise(files, std::move(*launch), std::move(report->write)));
    }
    report->write.reset();
    const std::string text = read_text(report->read.get());
    if (text.starts_with(kStarted)) {
        (void)contracts::write_all(STDOUT_FILENO, text.substr(kStarted.size()) + "\n");
        return 0;
    }
    (void)contracts::write_all(STDERR_FILENO,
                               text.empty() ? "the supervisor ended at once\n" : text + "\n");
    return 1;
}

int sweep_process_worker(const std::string& directory) {
    const auto launch = InstanceFiles(directory).launch();
    if (!launch) return say_failure(launch.error());
    process::kill_user(launch->uid);
    return 0;
}

// A thread can have namespaces of its own, and these end with it.
bool gets_network_of_its_own() {
    bool gets = false;
    std::thread([&gets] { gets = leave_networks(); }).join();
    return gets;
}

int run_process_command(int count, char** arguments) {
    if (count == 1 && arguments[0][0] == '/') return run_process_supervisor(arguments[0]);
    if (count == 2 && std::string_view(arguments[0]) == "--sweep")
        return sweep_process_worker(arguments[1]);
    (void)contracts::write_all(STDERR_FILENO,
                               "run-process is called by the daemon: [--sweep] DIRECTORY\n");
    return 64;
}

}  // namespace control

#include "control/deployer/local/front.h"

#include "contracts/base/id.h"
#include "control/deployer/local/json_file.h"
#include "control/deployer/local/relay.h"
#include "control/http/listening_socket.h"
#include "control/runtime/docker/engine.h"
#include "control/runtime/process/instance.h"
#include "control/subprocess/pipe.h"
#include "control/subprocess/subprocess.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <list>
#include <optional>
#include <string_view>
#include <tuple>

namespace control::deployer {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;
using process::Identity;
using Moment = std::chrono::steady_clock::time_point;

namespace {

constexpr int kPortTaken = 75;
constexpr std::size_t kMostConnections = 512;
constexpr std::chrono::seconds kHold{5};              // time for a project to restart
constexpr std::chrono::milliseconds kRetry{100};      // between attempts to connect a held client
constexpr std::chrono::milliseconds kLookAgain{500};  // between lookups of a missing target
constexpr std::chrono::minutes kIdle{15};             // without bytes in either direction
constexpr std::chrono::seconds kFrontDeadline{30};
constexpr std::chrono::seconds kEndPatience{5};
constexpr std::string_view kOpen = "open\n";
constexpr std::string_view kNobody =
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 37\r\n"
    "Connection: close\r\n\r\nThe service does not answer just now\n";

std::string path_in(const std::string& directory, std::string_view name) {
    return directory + "/" + std::string(name);
}

void set_non_blocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Connects to the project that target.json names at the moment.
class Aim {
public:
    explicit Aim(std::string path) : path_(std::move(path)) {}

    // Empty: the project accepts no connection at the moment.
    std::optional<UniqueFd> connect() {
        reread();
        if (!target_) return std::nullopt;
        if (network_.valid())
            if (auto fd = network_.connect(target_->port)) return std::move(*fd);
        // It ended or restarted in a new network. Looked up rarely, because the engine may be slow.
        const Moment now = std::chrono::steady_clock::now();
        if (now < look_again_) return std::nullopt;
        look_again_ = now + kLookAgain;
        auto network = open_network(*target_, http_);
        if (!network) return std::nullopt;
        network_ = std::move(*network);
        auto fd = network_.connect(target_->port);
        return fd ? std::optional(std::move(*fd)) : std::nullopt;
    }

private:
    using FileMark = std::tuple<ino_t, time_t, long>;

    void reread() {
        struct stat status{};
        if (::stat(path_.c_str(), &status) != 0) return;
        // Inode numbers are reused, so the time of the last change is compared as well.
        const FileMark mark{status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
        if (mark == seen_) return;
        const auto json = read_json_file(path_);
        auto target = json ? Target::from_json(*json) : Result<Target>(json.fault());
        if (!target) return;
        seen_ = mark;
        target_ = std::move(*target);
        network_ = {};
        look_again_ = {};
    }

    std::string path_;
    HttpClient http_;
    FileMark seen_{};
    std::optional<Target> target_;
    Network network_;
    Moment look_again_{};
};

// Accepts, holds and relays connections. One thread, one poll.
class FrontLoop {
public:
    FrontLoop(UniqueFd listener, std::string target_file)
        : listener_(std::move(listener)), aim_(std::move(target_file)) {}

    [[noreturn]] void run() {
        while (true) {
            prepare();
            ::poll(ready_.data(), ready_.size(),
                   waiting_.empty() ? 60'000 : static_cast<int>(kRetry.count()));
            const Moment now = std::chrono::steady_clock::now();
            const bool knocked = (ready_[0].revents & POLLIN) != 0;
            step_relays(now);
            if (knocked) accept_all(now);
            lead_waiting(now);
        }
    }

private:
    struct Waiting {
        UniqueFd client;
        Moment since;
    };
    struct Running {
        Relay relay;
        Moment last;
    };

    void prepare() {
        ready_.assign(1, {listener_.get(), POLLIN, 0});
        if (relays_.size() + waiting_.size() >= kMostConnections) ready_[0].fd = -1;
        for (const Running& one : relays_) {
            pollfd both[2];
            one.relay.watch(both);
            ready_.insert(ready_.end(), both, both + 2);
        }
    }

    void step_relays(Moment now) {
        std::size_t at = 1;
        for (auto one = relays_.begin(); one != relays_.end(); at += 2) {
            const pollfd both[2] = {ready_[at], ready_[at + 1]};
            const bool moved = both[0].revents != 0 || both[1].revents != 0;
            if (moved) one->last = now;
            const bool over = moved ? !one->relay.step(both) : now - one->last > kIdle;
            one = over ? relays_.erase(one) : std::next(one);
        }
    }

    void accept_all(Moment now) {
        while (relays_.size() + waiting_.size() < kMostConnections) {
            UniqueFd client(
                ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!client.valid()) return;
            waiting_.push_back({std::move(client), now});
        }
    }

    void lead_waiting(Moment now) {
        for (auto one = waiting_.begin(); one != waiting_.end();) {
            auto server = aim_.connect();
            if (!server && now - one->since < kHold) return;  // the others wait for the same one
            if (server) {
                set_non_blocking(server->get());
                relays_.push_back({Relay(std::move(one->client), std::move(*server)), now});
            } else {
                refuse(one->client.get());
            }
            one = waiting_.erase(one);
        }
    }

    // Reads what the client has sent: unread bytes would turn our answer into a reset.
    static void refuse(int client) {
        char taken[16384];
        (void)!::recv(client, taken, sizeof taken, MSG_DONTWAIT);
        (void)!::send(client, kNobody.data(), kNobody.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(client, SHUT_WR);
    }

    UniqueFd listener_;
    Aim aim_;
    std::vector<pollfd> ready_;
    std::list<Waiting> waiting_;
    std::list<Running> relays_;
};

Json identity_json(const Identity& identity) {
    return {{"pid", identity.pid}, {"start_time", identity.start_time}, {"boot", identity.boot}};
}

Result<Identity> read_identity(const std::string& directory) {
    const auto json = read_json_file(path_in(directory, "front.json"));
    if (!json) return json.fault();
    return Identity{static_cast<pid_t>(docker::number_at(*json, "pid")),
                    static_cast<std::uint64_t>(docker::number_at(*json, "start_time")),
                    contracts::text_at(*json, "boot")};
}

Result<Listening> read_listening_file(const std::string& directory) {
    const auto json = read_json_file(path_in(directory, "listen.json"));
    if (!json) return json.fault();
    return Listening{contracts::text_at(*json, "address"),
                     static_cast<std::uint16_t>(docker::number_at(*json, "port"))};
}

// Runs in the detached process. Opens the port first: if that fails, front.json is not written.
Result<UniqueFd> open_port(const std::string& directory) {
    const auto where = read_listening_file(directory);
    if (!where) return where.fault();
    auto listener = listen_on_tcp(where->address, where->port);
    if (!listener) return listener;
    const auto identity = Identity::of(::getpid());
    if (!identity) return identity.fault();
    if (auto written = write_json_file(path_in(directory, "front.json"), identity_json(*identity));
        !written)
        return written.fault();
    return listener;
}

void detach() {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    ::prctl(PR_SET_NAME, "deploy-front", 0, 0, 0);
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), fd);
    (void)!::chdir("/");
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGHUP, SIGPIPE})
        ::signal(signal, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
}

[[noreturn]] void serve_detached(const std::string& directory, UniqueFd report) {
    detach();
    auto listener = open_port(directory);
    const std::string text =
        listener ? std::string(kOpen)
                 : (listener.error().kind == ErrorKind::conflict ? "taken " : "failed ") +
                       listener.error().describe() + "\n";
    (void)!::write(report.get(), text.data(), text.size());
    report.reset();
    if (!listener) ::_exit(1);
    FrontLoop(std::move(*listener), path_in(directory, "target.json")).run();
}

}  // namespace

bool Front::alive() const {
    const auto identity = read_identity(directory_);
    return identity && identity->alive();
}

Result<Listening> Front::listening() const {
    return read_listening_file(directory_);
}

Result<void> Front::aim(const Target& target) const {
    return write_json_file(path_in(directory_, "target.json"), target.to_json());
}

Result<Target> Front::aimed() const {
    const auto json = read_json_file(path_in(directory_, "target.json"));
    return json ? Target::from_json(*json) : Result<Target>(json.fault());
}

Result<Opened> Front::open(const Listening& where) const {
    const auto now = listening();
    if (now && *now == where && alive()) return Opened::open;
    if (auto closed = close(); !closed) return closed.fault();
    if (auto written = write_json_file(path_in(directory_, "listen.json"),
                                       {{"address", where.address}, {"port", where.port}});
        !written)
        return written.fault();
    SubprocessSpec call;
    call.argv = program_;
    call.argv.push_back(directory_);
    call.deadline = kFrontDeadline;
    const auto end = run_subprocess(call);
    if (!end) return end.fault();
    if (end->success()) return Opened::open;
    const std::string reason = end->error_output.substr(0, end->error_output.find('\n'));
    if (end->exit_code == kPortTaken) return Opened::port_taken;
    return fail(ErrorKind::transient, "the front could not start: " + reason);
}

Result<void> Front::close() const {
    const auto identity = read_identity(directory_);
    if (!identity) return {};
    const UniqueFd front = identity->open();
    if (!front.valid()) return {};
    ::syscall(SYS_pidfd_send_signal, front.get(), SIGTERM, nullptr, 0);
    pollfd ended{front.get(), POLLIN, 0};
    const auto limit = std::chrono::milliseconds(kEndPatience).count();
    if (::poll(&ended, 1, static_cast<int>(limit)) == 1) return {};
    ::syscall(SYS_pidfd_send_signal, front.get(), SIGKILL, nullptr, 0);
    if (::poll(&ended, 1, static_cast<int>(limit)) == 1) return {};
    return fail(ErrorKind::transient, "the front of " + directory_ + " cannot be ended");
}

int run_front_command(int count, char** arguments) {
    if (count != 1 || arguments[0][0] != '/') {
        std::fputs("run-front is called by the daemon: DIRECTORY\n", stderr);
        return 64;
    }
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    auto report = make_pipe();
    if (!report) return 1;
    const pid_t child = ::fork();
    if (child < 0) return 1;
    if (child == 0) {
        report->read.reset();
        serve_detached(arguments[0], std::move(report->write));
    }
    report->write.reset();
    std::string text;
    char buffer[1024];
    ssize_t size = 0;
    while ((size = ::read(report->read.get(), buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(size));
    if (text == kOpen) return 0;
    std::fputs(text.empty() ? "the front ended at once\n" : text.c_str(), stderr);
    return text.starts_with("taken ") ? kPortTaken : 1;
}

}  // namespace control::deployer

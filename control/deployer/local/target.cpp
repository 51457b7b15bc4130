#include "control/deployer/local/target.h"

#include "control/runtime/docker/containers.h"
#include "control/runtime/process/instance.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::chrono::seconds kInspectTimeout{2};
constexpr std::string_view kListening = "0A";  // in /proc/net/tcp
// Established, being accepted, closed by the client only, and closed with data on its way.
constexpr std::array<std::string_view, 5> kBusy{"01", "03", "08", "04", "09"};

Result<pid_t> container_pid(const Target& target, HttpClient& http) {
    const docker::Engine engine(http, target.engine);
    const auto answer = engine.ask("GET", docker::container_path(target.id) + "/json", std::nullopt,
                                   kInspectTimeout);
    if (!answer) return answer.fault();
    if (answer->status != 200)
        return fail(docker::refusal(answer->status, answer->body, "look at the container"));
    const auto json = contracts::parse_json(answer->body);
    if (!json) return json.fault();
    const Json& state = docker::member(*json, "State");
    const auto pid = static_cast<pid_t>(docker::number_at(state, "Pid"));
    if (!docker::flag_at(state, "Running") || pid <= 0)
        return fail(ErrorKind::not_found, "it does not run now");
    return pid;
}

bool same_file(int a, int b) {
    struct stat first{}, second{};
    return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
           first.st_dev == second.st_dev;
}

// A socket in the network namespace of the calling thread; its connect waits at most a second.
Result<UniqueFd> connect_here(int family, const sockaddr* address, socklen_t size) {
    UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail(system_error(errno, "socket"));
    // On a loopback, connect returns at once unless the backlog is full.
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), address, size) != 0) {
        if (errno == ECONNREFUSED || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)
            return fail(ErrorKind::not_found, "nothing listens on the port");
        return fail(system_error(errno, "connect"));
    }
    return fd;
}

Result<UniqueFd> connect_loopback(std::uint16_t port) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto fd = connect_here(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four);
    if (fd || fd.error().kind != ErrorKind::not_found) return fd;
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = in6addr_loopback;
    return connect_here(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six);
}

struct Socket {
    std::uint16_t port = 0;  // the local port
    std::string state;       // two hexadecimal digits, as in the kernel's tcp_states.h
};

// The TCP sockets in the network of `pid`.
std::vector<Socket> sockets_of(pid_t pid) {
    std::vector<Socket> sockets;
    for (const char* name : {"tcp", "tcp6"}) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/net/" + name);
        std::string line;
        std::getline(file, line);  // the heading
        while (std::getline(file, line)) {
            // "  0: 0100007F:1FA5 00000000:0000 0A …"
            std::istringstream words(line);
            std::string number, local, remote, state;
            if (!(words >> number >> local >> remote >> state)) continue;
            const std::size_t colon = local.find(':');
            if (colon == std::string::npos) continue;
            unsigned port = 0;
            std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
            sockets.push_back({static_cast<std::uint16_t>(port), std::move(state)});
        }
    }
    return sockets;
}

}  // namespace

Json Target::to_json() const {
    return {{"engine", engine},         {"id", id},     {"pid", pid},
            {"start_time", start_time}, {"boot", boot}, {"port", port}};
}

Result<Target> Target::from_json(const Json& json) {
    try {
        return Target{.engine = json.at("engine").get<std::string>(),
                      .id = json.at("id").get<std::string>(),
                      .pid = json.at("pid").get<pid_t>(),
                      .start_time = json.at("start_time").get<std::uint64_t>(),
                      .boot = json.at("boot").get<std::string>(),
                      .port = json.at("port").get<std::uint16_t>()};
    } catch (const Json::exception&) {
        return fail(ErrorKind::invalid, "not what a deployment wrote", "target");
    }
}

// A namespace belongs to a thread, and a thread that could not return to ours would do all its
// later work in the wrong one. So a new thread enters the namespace, and ends there.
Result<UniqueFd> Network::connect(std::uint16_t port) const {
    if (own_) return connect_loopback(port);
    Result<UniqueFd> end = fail(ErrorKind::transient, "the network could not be entered");
    std::thread([&] {
        if (::setns(fd_.get(), CLONE_NEWNET) != 0)
            end = fail(system_error(errno, "enter the network"));
        else
            end = connect_loopback(port);
    }).join();
    return end;
}

Result<pid_t> running_pid(const Target& target, HttpClient& http) {
    if (!target.engine.empty()) return container_pid(target, http);
    const process::Identity supervisor{target.pid, target.start_time, target.boot};
    if (!supervisor.alive()) return fail(ErrorKind::not_found, "it does not run now");
    return target.pid;
}

Result<Network> open_network(const Target& target, HttpClient& http) {
    const auto pid = running_pid(target, http);
    if (!pid) return pid.fault();
    UniqueFd fd(
        ::open(("/proc/" + std::to_string(*pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return fail(system_error(errno, "open the network of " + target.id));
    // The pid may have been reused by another process since the first lookup.
    const auto again = running_pid(target, http);
    if (!again || *again != *pid)
        return fail(again ? contracts::Error{ErrorKind::not_found, "it does not run now"}
                          : again.error());
    const UniqueFd ours(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    const bool own = ours.valid() && same_file(fd.get(), ours.get());
    if (own && !target.engine.empty())
        return fail(ErrorKind::permission, "the container has no network of its own");
    return Network(std::move(fd), own);
}

std::vector<std::uint16_t> listening_ports(pid_t pid) {
    std::vector<std::uint16_t> ports;
    for (const Socket& socket : sockets_of(pid))
        if (socket.state == kListening && std::ranges::find(ports, socket.port) == ports.end())
            ports.push_back(socket.port);
    std::ranges::sort(ports);
    return ports;
}

bool has_connections(pid_t pid, std::uint16_t port) {
    return std::ranges::any_of(sockets_of(pid), [port](const Socket& socket) {
        return socket.port == port && std::ranges::find(kBusy, socket.state) != kBusy.end();
    });
}

}  // namespace control::deployer

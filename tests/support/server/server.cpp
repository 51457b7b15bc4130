#include "tests/support/server/server.h"

#include "tests/support/eventually.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <vector>

namespace tests {

namespace {

constexpr int kTick = 50;  // how often, in ms, the relay checks whether the server has gone away

// The unpacked root, shared by all test servers of this machine and never written to.
std::string unpacked_root() {
    if (::geteuid() != 0) throw NoServer("a server of its own needs root");
    std::string tar =
        run_successfully({.argv = {ORCH_SOURCE_DIR "/ci/target-root"}}, std::chrono::minutes{25});
    tar.pop_back();
    const std::string root = tar.substr(0, tar.rfind('.'));
    run_successfully(
        {.argv = {"flock", tar, "sh", "-ec",
                  "[ -e \"$0.done\" ] || { rm -rf \"$0\" && mkdir -p \"$0\" && tar -xf "
                  "\"$1\" -C \"$0\" --exclude='./dev/*' && touch \"$0.done\"; }",
                  root, tar}},
        std::chrono::minutes{10});
    return root;
}

pid_t child_of(pid_t parent) {
    std::ifstream children("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                           "/children");
    pid_t child = -1;
    children >> child;
    return child;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

Server::Server(const Surroundings& surroundings) {
    std::vector<std::string> argv;
    if (surroundings.network_of > 0)
        argv = {"nsenter", "--net=/proc/" + std::to_string(surroundings.network_of) + "/ns/net"};
    argv.insert(argv.end(), {"unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts"});
    if (surroundings.network_of <= 0) argv.push_back("--net");
    argv.insert(argv.end(), {"sh", ORCH_SOURCE_DIR "/tests/support/server/server.sh",
                             unpacked_root(), surroundings.engine_socket});
    process_.emplace(ChildOptions{.argv = std::move(argv)});
    eventually(
        "the server being ready",
        [this] {
            if (!process_->running())
                throw std::runtime_error("the server ended: " + process_->error_output());
            return process_->output() == "ready\n";
        },
        std::chrono::seconds{60});
    inside_ = child_of(process_->pid());
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listening_, 64) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no port for the server");
    port_ = ntohs(address.sin_port);
    relay_ = std::jthread([this] { serve(); });
}

Server::~Server() {
    ends_ = true;
    if (relay_.joinable()) relay_.join();
    if (listening_ >= 0) ::close(listening_);
}

std::string Server::run(const std::string& command) const {
    const std::string self = std::to_string(inside_);
    return run_successfully({.argv = {"nsenter", "--target", self, "--pid", "--net", "--uts",
                                      "--mount", "--root", "--wd", "/bin/sh", "-c", command}});
}

void Server::serve() {
    std::vector<std::jthread> connections;
    while (!ends_) {
        pollfd watched{listening_, POLLIN, 0};
        if (::poll(&watched, 1, kTick) <= 0) continue;
        const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (is_away_)
            ::close(client);
        else
            connections.emplace_back([this, client] { relay(client); });
    }
}

// A separate thread enters the server's network namespace and opens its socket there.
void Server::relay(int client) const {
    const int network =
        ::open(("/proc/" + std::to_string(inside_) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    const bool entered = network >= 0 && ::setns(network, CLONE_NEWNET) == 0;
    if (network >= 0) ::close(network);
    const int far = entered ? ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    const sockaddr_in address = loopback(22);
    if (far >= 0 &&
        ::connect(far, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        std::array<char, 65536> buffer;
        for (bool open = true; open && !ends_ && !is_away_;) {
            std::array<pollfd, 2> watched{{{client, POLLIN, 0}, {far, POLLIN, 0}}};
            if (::poll(watched.data(), watched.size(), kTick) <= 0) continue;
            for (int i = 0; i < 2; ++i) {
                if (watched[i].revents == 0) continue;
                const ssize_t got = ::read(watched[i].fd, buffer.data(), buffer.size());
                const int to = watched[1 - i].fd;
                for (ssize_t put = 0, done = 0; done < got; done += put)
                    if ((put = ::send(to, buffer.data() + done,
                                      static_cast<std::size_t>(got - done), MSG_NOSIGNAL)) <= 0)
                        break;
                if (got <= 0) open = false;
            }
        }
    }
    if (far >= 0) ::close(far);
    ::close(client);
}

}  // namespace tests

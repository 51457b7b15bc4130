#include "tests/support/redis_server.h"

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "tests/support/eventually.h"
#include "tests/support/unix_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tests {
namespace {

using contracts::UniqueFd;

constexpr timeval kPingLimit{.tv_sec = 0, .tv_usec = 500'000};

}  // namespace

bool redis_answers(const std::string& path) {
    const UniqueFd fd = connect_unix(path);
    if (!fd.valid()) return false;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPingLimit, sizeof kPingLimit);
    constexpr std::string_view kPing = "PING\r\n";
    constexpr std::string_view kPong = "+PONG";
    std::array<char, 64> reply{};
    return ::send(fd.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) > 0 &&
           ::recv(fd.get(), reply.data(), reply.size(), 0) > 0 &&
           std::string_view(reply.data()).starts_with(kPong);
}

std::uint16_t free_port() {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0) {
        throw std::runtime_error(contracts::system_error(errno, "bind 127.0.0.1:0").describe());
    }
    return ntohs(address.sin_port);
}

RedisServer::RedisServer(RedisOptions options) : options_(std::move(options)) {
    if (options_.tcp || options_.cluster) port_ = free_port();
    if (options_.cluster)
        for (std::string word : {std::string("--cluster-enabled"), std::string("yes"),
                                 std::string("--cluster-port"), std::to_string(free_port())})
            options_.arguments.push_back(std::move(word));
    start();
}

std::string RedisServer::tcp_url() const {
    if (port_ == 0) throw std::runtime_error("this redis-server was started without `tcp`");
    return "redis://127.0.0.1:" + std::to_string(port_);
}

bool RedisServer::answers() const {
    return redis_answers(socket());
}

void RedisServer::start() {
    ChildOptions child{.argv = {"redis-server", "--port", std::to_string(port_), "--bind",
                                "127.0.0.1", "--unixsocket", socket(), "--dir", directory_.text(),
                                "--save", "", "--appendonly", options_.durable ? "yes" : "no",
                                "--appendfsync", "always", "--daemonize", "no"}};
    child.argv.insert(child.argv.end(), options_.arguments.begin(), options_.arguments.end());
    process_.emplace(std::move(child));
    eventually("redis-server answering", [this] {
        if (process_->running()) return answers();
        throw std::runtime_error("redis-server ended: " + process_->output());
    });
}

void RedisServer::stop() {
    process_->stop();
}

void RedisServer::kill() {
    process_->kill();
}

void RedisServer::restart() {
    stop();
    start();
}

void RedisServer::pause() {
    process_->send(SIGSTOP);
}

void RedisServer::resume() {
    process_->send(SIGCONT);
}

}  // namespace tests

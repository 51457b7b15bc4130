#include "commit_relay.h"

#include "contracts/base/result.h"
#include "tests/support/unix_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <stdexcept>
#include <vector>

namespace tests {

using contracts::UniqueFd;

namespace {

constexpr std::string_view kAsked{"COMMIT\0", 7};  // in a Parse message
constexpr std::string_view kDone{
    "\x0b"
    "COMMIT\0",
    8};  // the end of a CommandComplete

int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(contracts::system_error(errno, what).describe());
    return result;
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

// Empty: the other side has closed the connection.
std::string receive(int fd) {
    std::string bytes(65'536, '\0');
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

}  // namespace

CommitRelay::CommitRelay(std::string server)
    : server_(std::move(server)),
      listener_(listen_unix(directory_ / ".s.PGSQL.5432", 16)),
      wake_(checked(::eventfd(0, EFD_CLOEXEC), "eventfd")) {
    acceptor_ = std::jthread([this] { accept_all(); });
}

CommitRelay::~CommitRelay() {
    stopping_ = true;
    release();
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t woken = ::write(wake_.get(), &one, sizeof one);
    acceptor_.join();
    carriers_.clear();
}

void CommitRelay::release() {
    {
        const std::lock_guard lock(mutex_);
        is_released_ = true;
    }
    released_.notify_all();
}

void CommitRelay::accept_all() {
    while (!stopping_) {
        pollfd watched[] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
        if (::poll(watched, 2, -1) < 0 || stopping_) continue;
        UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.valid()) continue;
        carriers_.emplace_back(
            [this, fd = std::make_shared<UniqueFd>(std::move(client))] { carry(std::move(*fd)); });
    }
}

void CommitRelay::carry(UniqueFd client) {
    const UniqueFd server = connect_unix(server_);
    if (!server.valid()) return;
    while (!stopping_) {
        pollfd watched[] = {
            {client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
        if (::poll(watched, 3, -1) < 0) continue;
        if (watched[0].revents != 0) {
            const std::string bytes = receive(client.get());
            if (bytes.empty()) return;
            const Loss loss = loss_;
            if ((loss == Loss::before || loss == Loss::late) && bytes.contains(kAsked)) {
                loss_ = Loss::none;
                client.reset();
                has_lost_ = true;
                if (loss == Loss::before) return;
                std::unique_lock lock(mutex_);
                released_.wait(lock, [this] { return is_released_; });
                send_all(server.get(), bytes);
                (void)receive(server.get());
                return;
            }
            if (!send_all(server.get(), bytes)) return;
        }
        if (watched[1].revents != 0) {
            const std::string bytes = receive(server.get());
            if (bytes.empty()) return;
            if (loss_ == Loss::answer && bytes.contains(kDone)) {
                loss_ = Loss::none;
                has_lost_ = true;
                return;
            }
            if (!send_all(client.get(), bytes)) return;
        }
    }
}

}  // namespace tests

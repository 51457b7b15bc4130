#include "cutting_relay.h"

#include "tests/support/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace tests {

using contracts::UniqueFd;

namespace {

constexpr int kLook = 5;  // milliseconds until it notices that it should stop

}  // namespace

CuttingRelay::CuttingRelay(std::vector<std::string> servers, std::size_t bytes)
    : servers_(std::move(servers)), bytes_(bytes) {
    for (std::size_t i = 0; i < servers_.size(); ++i)
        doors_.push_back(listen_unix(socket(i), 16));
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

CuttingRelay::~CuttingRelay() = default;

std::string CuttingRelay::socket(std::size_t which) const {
    return directory_ / std::to_string(which);
}

void CuttingRelay::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::vector<pollfd> waits;
        for (const UniqueFd& door : doors_)
            waits.push_back({door.get(), POLLIN, 0});
        for (const Pair& pair : pairs_) {
            waits.push_back({pair.client.get(), POLLIN, 0});
            waits.push_back({pair.server.get(), POLLIN, 0});
        }
        ::poll(waits.data(), waits.size(), kLook);
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            const pollfd* two = &waits[doors_.size() + 2 * i];
            if (pairs_[i].is_open() && two[0].revents != 0)
                pass(pairs_[i], pairs_[i].client, pairs_[i].server);
            if (pairs_[i].is_open() && two[1].revents != 0)
                pass(pairs_[i], pairs_[i].server, pairs_[i].client);
        }
        std::erase_if(pairs_, [](const Pair& pair) { return !pair.is_open(); });
        for (std::size_t i = 0; i < doors_.size(); ++i)
            if (waits[i].revents != 0) accept(i);
    }
}

void CuttingRelay::accept(std::size_t which) {
    UniqueFd client(::accept4(doors_[which].get(), nullptr, nullptr, SOCK_CLOEXEC));
    UniqueFd server = connect_unix(servers_[which]);
    if (server.valid()) pairs_.push_back({std::move(client), std::move(server)});
}

void CuttingRelay::pass(Pair& pair, UniqueFd& from, UniqueFd& to) {
    std::array<char, 4096> buffer;
    const std::size_t room =
        has_cut_ ? buffer.size() : std::min(buffer.size(), bytes_ - passed_ + 1);
    const ssize_t size = ::recv(from.get(), buffer.data(), room, 0);
    if (size <= 0) return void(pair = Pair());
    auto count = static_cast<std::size_t>(size);
    const bool cuts = !has_cut_ && passed_ + count > bytes_;
    if (cuts) count = bytes_ - passed_;
    (void)!::send(to.get(), buffer.data(), count, MSG_NOSIGNAL);
    passed_ += count;
    if (!cuts) return;
    has_cut_ = true;
    for (Pair& each : pairs_)
        each = Pair();
}

}  // namespace tests

#include "wrapper/wall/relay.h"

#include "wrapper/loop/scratch.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cerrno>
#include <cstring>

namespace wrapper {

namespace {

using contracts::UniqueFd;

constexpr std::chrono::milliseconds kTryAgain{100};
constexpr int kChunksPerStep = 4;

std::uint16_t port_of(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return ntohs(address.sin_port);
}

bool is_socket(const std::string& path) {
    struct stat found{};
    return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

}  // namespace

Relays::Relays(std::string control_directory, RelayPorts ports, const contracts::Clock& clock,
               contracts::Log log)
    : directory_(std::move(control_directory)), ports_(ports), clock_(clock), log_(std::move(log)) {
    doors_.push_back(Door{"egress", 7080});
    doors_.push_back(Door{"model", 7081});
    doors_.push_back(Door{"git", 7082});
}

RelayedPorts Relays::open() {
    for (Door& door : doors_) {
        if (door.listener.valid() || directory_.empty()) continue;
        if (!is_socket(directory_ + '/' + std::string(door.name) + ".sock")) continue;
        if (auto listening = listen(door); !listening)
            log_.error("could not open a door",
                       {{"door", door.name}, {"reason", listening.error().describe()}});
    }
    return RelayedPorts{doors_[0].port, doors_[1].port, doors_[2].port};
}

contracts::Result<void> Relays::listen(Door& door) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return contracts::fail(contracts::system_error(errno, "socket"));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(ports_ == RelayPorts::fixed ? door.fixed_port : 0);
    constexpr int kBacklog = 64;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), kBacklog) != 0)
        return contracts::fail(contracts::system_error(errno, "listen on loopback"));
    door.port = port_of(fd.get());
    door.listener = std::move(fd);
    log_.info("opened a door", {{"door", door.name}, {"port", door.port}});
    return {};
}

void Relays::watch(PollSet& poll) {
    for (Door& door : doors_)
        door.slot =
            pairs_.size() < kMostRelayed ? poll.want(door.listener.get(), POLLIN) : PollSet::kNone;
    for (Pair& pair : pairs_) {
        pair.out.slot = pair.back.slot = PollSet::kNone;
        if (!pair.far.valid()) {
            poll.wake_at(pair.next_try);
            continue;
        }
        watch_direction(poll, pair.out, pair.near.get(), pair.far.get());
        watch_direction(poll, pair.back, pair.far.get(), pair.near.get());
    }
}

void Relays::watch_direction(PollSet& poll, Direction& way, int from, int to) {
    if (way.done) return;
    way.slot = way.blocked ? poll.want(to, POLLOUT) : poll.want(from, POLLIN);
}

void Relays::step(const PollSet& poll) {
    for (Pair& pair : pairs_) {
        if (!pair.far.valid()) {
            if (clock_.instant() >= pair.next_try) connect(pair);
            continue;
        }
        if (poll.ready(pair.out.slot) != 0) pump(pair, pair.out, pair.near.get(), pair.far.get());
        if (poll.ready(pair.back.slot) != 0 && !pair.closed)
            pump(pair, pair.back, pair.far.get(), pair.near.get());
        if (pair.out.done && pair.back.done) pair.closed = true;
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.closed; });
    for (Door& door : doors_)
        if (poll.ready(door.slot) != 0) accept(door);
}

void Relays::accept(Door& door) {
    while (pairs_.size() < kMostRelayed) {
        UniqueFd fd(::accept4(door.listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.valid()) return;
        const contracts::Instant now = clock_.instant();
        pairs_.push_back(Pair{&door, std::move(fd), {}, now + kHoldFor, now});
        connect(pairs_.back());
    }
}

void Relays::connect(Pair& pair) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ + '/' + std::string(pair.door->name) + ".sock";
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (path.size() < sizeof address.sun_path && fd.valid()) {
        std::memcpy(address.sun_path, path.data(), path.size());
        if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
            pair.far = std::move(fd);
            return;
        }
    }
    const contracts::Instant now = clock_.instant();
    pair.next_try = now + kTryAgain;
    pair.closed = now >= pair.hold_until;
}

// Peeks at the data that is there, sends it, and only then removes as much as was sent.
void Relays::pump(Pair& pair, Direction& way, int from, int to) {
    const std::span<char> buffer = scratch();
    for (int i = 0; i < kChunksPerStep; ++i) {
        const ssize_t seen = ::recv(from, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0) {
            way.blocked = false;
            pair.closed = errno != EAGAIN && errno != EINTR;
            return;
        }
        if (seen == 0) {
            way.done = true;
            ::shutdown(to, SHUT_WR);
            return;
        }
        const ssize_t sent =
            ::send(to, buffer.data(), static_cast<std::size_t>(seen), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            way.blocked = errno == EAGAIN;
            pair.closed = errno != EAGAIN && errno != EINTR;
            return;
        }
        if (::recv(from, buffer.data(), static_cast<std::size_t>(sent), MSG_DONTWAIT) != sent) {
            pair.closed = true;
            return;
        }
        way.blocked = sent < seen;
        if (way.blocked) return;
    }
}

}  // namespace wrapper

#include "control/deployer/local/relay.h"

#include <sys/socket.h>
#include <cerrno>

namespace control::deployer {

namespace {

constexpr std::size_t kHeld = 32 << 10;  // bytes in each direction

bool is_passing(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

void Relay::watch(pollfd (&ready)[2]) const {
    ready[0] = {client_.get(), 0, 0};
    ready[1] = {server_.get(), 0, 0};
    if (!up_.ended && up_.held.empty()) ready[0].events |= POLLIN;
    if (!down_.ended && down_.held.empty()) ready[1].events |= POLLIN;
    if (!up_.held.empty()) ready[1].events |= POLLOUT;
    if (!down_.held.empty()) ready[0].events |= POLLOUT;
    // Hang-ups are always reported: a side that we do not wait for would wake us all the time.
    for (pollfd& one : ready)
        if (one.events == 0) one.fd = -1;
}

bool Relay::take(int from, Way& way) {
    if (way.ended || !way.held.empty()) return true;
    way.held.resize(kHeld);
    const ssize_t size = ::recv(from, way.held.data(), way.held.size(), 0);
    const int error = errno;
    way.held.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (size == 0) way.ended = true;
    return size >= 0 || is_passing(error);
}

bool Relay::give(int to, Way& way) {
    if (!way.held.empty()) {
        const ssize_t size = ::send(to, way.held.data(), way.held.size(), MSG_NOSIGNAL);
        if (size < 0) return is_passing(errno);
        way.held.erase(0, static_cast<std::size_t>(size));
    }
    if (way.ended && way.held.empty() && !way.passed) {
        way.passed = true;
        ::shutdown(to, SHUT_WR);
    }
    return true;
}

bool Relay::step(const pollfd (&ready)[2]) {
    constexpr short kReadable = POLLIN | POLLHUP | POLLERR;
    if ((ready[0].revents & kReadable) != 0 && !take(client_.get(), up_)) return false;
    if ((ready[1].revents & kReadable) != 0 && !take(server_.get(), down_)) return false;
    if (!give(server_.get(), up_) || !give(client_.get(), down_)) return false;
    // Once the service has sent everything, it is over, whatever the client still sends.
    return !(down_.passed && down_.ended);
}

}  // namespace control::deployer

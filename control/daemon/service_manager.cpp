#include "control/daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <cstddef>
#include <cstring>

namespace control {

namespace {

contracts::UniqueFd connected(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool is_abstract = name.starts_with('@');
    if (!is_abstract && !name.starts_with('/')) return {};
    if (name.size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, name.data(), name.size());
    if (is_abstract) address.sun_path[0] = '\0';
    contracts::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + !is_abstract);
    if (!socket.valid() ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
        return {};
    return socket;
}

}  // namespace

ServiceManager::ServiceManager(const contracts::Environment& environment) {
    if (const auto name = environment.find("NOTIFY_SOCKET")) socket_ = connected(*name);
}

void ServiceManager::serving(std::string_view address) const {
    std::string lines = "READY=1\nSTATUS=serving";
    if (!address.empty()) lines.append(" at ").append(address);
    tell(lines);
}

void ServiceManager::alive() const {
    tell("WATCHDOG=1");
}

void ServiceManager::stopping() const {
    tell("STOPPING=1\nSTATUS=stopping; workers keep running");
}

void ServiceManager::tell(std::string_view lines) const {
    if (socket_.valid())
        (void)::send(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace control

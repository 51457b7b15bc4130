// The service manager that started the daemon (systemd, or whatever sets NOTIFY_SOCKET): it is told
// when the daemon serves, that it is alive, and that it stops. Without one nothing is sent.
//
// The protocol is sd_notify(3): one datagram of NAME=value lines to a unix socket. Failure: a
// manager that does not take a datagram at once is not waited for; it will miss a heartbeat and
// restart us, which is its decision to make. Thread: from any thread.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/base/unique_fd.h"

#include <string>
#include <string_view>

namespace control {

class ServiceManager {
public:
    // NOTIFY_SOCKET: a path, or "@name" for an abstract socket. Anything else counts as none.
    explicit ServiceManager(const contracts::Environment& environment);

    [[nodiscard]] bool is_there() const { return socket_.valid(); }
    // `address`: where the daemon serves, for people who ask for its status.
    void serving(std::string_view address) const;
    void alive() const;
    void stopping() const;

private:
    void tell(std::string_view lines) const;

    contracts::UniqueFd socket_;
};

}  // namespace control

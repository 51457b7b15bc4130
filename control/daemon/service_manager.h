// The service manager that started the daemon (systemd, or any other that sets NOTIFY_SOCKET): it
// is notified when the daemon serves, that it is alive, and that it stops. Without one nothing is
// sent.
//
// The protocol is sd_notify(3): one datagram of NAME=value lines to a unix socket. Failure: if a
// manager does not accept a datagram at once, we do not wait; it will miss a heartbeat and may
// restart us. Thread: from any thread.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/base/unique_fd.h"

#include <string>
#include <string_view>

namespace control {

class ServiceManager {
public:
    // NOTIFY_SOCKET: a path, or "@name" for an abstract socket. Any other value is ignored.
    explicit ServiceManager(const contracts::Environment& environment);

    [[nodiscard]] bool is_there() const { return socket_.valid(); }
    // `address`: where the daemon serves, shown in the manager's status.
    void serving(std::string_view address) const;
    void alive() const;
    void stopping() const;

private:
    void tell(std::string_view lines) const;

    contracts::UniqueFd socket_;
};

}  // namespace control

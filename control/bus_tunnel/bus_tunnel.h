// The bus where it is not simply at an address: behind TLS, or wherever Sentinel says that the
// master is. A unix socket of ours stands for it: each connection to that socket becomes one to the
// server, and bytes are passed both ways, unread. So everything that speaks to the bus knows plain
// addresses only, and finds the new master by connecting again.
//
// Failure: a connection whose server cannot be reached is closed, and the log has the reason, once
// until it changes. Thread: `open` and the destructor from one thread; passes bytes on a thread of
// its own.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/result.h"
#include "contracts/streams/address.h"
#include "control/bus_tunnel/tls_client.h"

#include <functional>
#include <memory>
#include <string>

namespace control {

struct TunnelSettings {
    std::string path;  // of the socket; mode 0600
    // Where the server is now; asked for each connection, on a thread that may wait. What the
    // address says about users and databases is not used: the client logs in through the tunnel.
    std::function<contracts::Result<contracts::RedisAddress>()> locate;
    TlsClient tls{};  // none: plain
};

class BusTunnel {
public:
    // Returns when the server has been reached once. Fails as `locate`, or as the connection to
    // what it named.
    [[nodiscard]] static contracts::Result<std::unique_ptr<BusTunnel>> open(TunnelSettings settings,
                                                                            contracts::Log log);
    ~BusTunnel();
    BusTunnel(const BusTunnel&) = delete;

    [[nodiscard]] const std::string& path() const;

private:
    struct State;
    explicit BusTunnel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace control

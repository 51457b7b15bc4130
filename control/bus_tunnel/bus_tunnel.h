// A bus that cannot be reached at a plain address: it is behind TLS, or wherever Sentinel says that
// the master is. A unix socket of ours stands in for it: each connection to the socket becomes one
// to the server, and bytes are passed both ways, unread. So the bus's clients need only plain
// addresses, and find a new master by connecting again.
//
// Failure: a connection whose server cannot be reached is closed, and the reason is logged once
// until it changes. Thread: `open` and the destructor are called by one thread; bytes are passed on
// another, which the tunnel owns.
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
    std::string path;  // path of the socket; its mode is 0600
    // Finds the server's current address; called for each connection, on a thread that may wait. A
    // user and a database in the address are ignored: the client logs in through the tunnel.
    std::function<contracts::Result<contracts::RedisAddress>()> locate;
    TlsClient tls{};  // empty: without TLS
};

class BusTunnel {
public:
    // Returns when the server has been reached once. Fails if `locate` fails, or if the address
    // that it returned cannot be reached.
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

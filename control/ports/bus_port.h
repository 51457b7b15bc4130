// The Redis that carries the streams: the one in REDIS_URL, through a tunnel if it is
// behind TLS or found by Sentinel, or a private server of ours in the data directory.
#pragma once

#include "control/bus_tunnel/bus_tunnel.h"
#include "control/ports/data_directory.h"
#include "control/redis/redis_server.h"
#include "control/redis/worker_logins.h"
#include "control/settings/bus.h"

#include <memory>
#include <vector>

namespace control {

struct BusPort {
    std::unique_ptr<RedisServer> server;              // null if REDIS_URL names another
    std::vector<std::unique_ptr<BusTunnel>> tunnels;  // the last one leads to the server
    contracts::RedisAddress address;
    std::unique_ptr<WorkerLogins> logins;
};

[[nodiscard]] TlsClientFiles tls_files(const RemoteBus& remote);

// Returns when it answers. Failure: `fatal`, naming REDIS_URL if that has to be changed.
[[nodiscard]] contracts::Result<BusPort> open_bus(const BusSettings& settings,
                                                  const DataDirectory& data,
                                                  const contracts::Log& log);

}  // namespace control

// The Redis that carries the streams: the one that REDIS_URL names, or a private server of ours in
// the data directory.
#pragma once

#include "control/ports/data_directory.h"
#include "control/redis/redis_server.h"
#include "control/redis/worker_logins.h"
#include "control/settings/bus.h"

namespace control {

struct BusPort {
    std::unique_ptr<RedisServer> server;  // none when REDIS_URL names another
    contracts::RedisAddress address;
    std::unique_ptr<WorkerLogins> logins;
};

// Returns when it answers. Failure: `fatal`, naming REDIS_URL where that is what to change.
[[nodiscard]] contracts::Result<BusPort> open_bus(const BusSettings& settings,
                                                  const DataDirectory& data,
                                                  const contracts::Log& log);

}  // namespace control

// The Redis that carries the streams.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/streams/address.h"
#include "control/settings/remote_bus.h"

#include <optional>

namespace control {

struct BusSettings {
    // REDIS_URL is one of the two. None: a private server.
    std::optional<contracts::RedisAddress> redis;
    std::optional<RemoteBus> remote;
};

void read(contracts::Environment& environment, BusSettings& settings);

}  // namespace control

// The Redis that carries the streams.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/streams/address.h"

#include <optional>

namespace control {

struct BusSettings {
    std::optional<contracts::RedisAddress> redis;  // REDIS_URL; none: a private server
};

void read(contracts::Environment& environment, BusSettings& settings);

}  // namespace control

#include "control/settings/bus.h"

namespace control {

void read(contracts::Environment& environment, BusSettings& settings) {
    const std::optional<std::string> url = environment.find("REDIS_URL");
    if (!url) return;
    contracts::Result<contracts::RedisAddress> address = contracts::RedisAddress::parse(*url);
    if (address)
        settings.redis = std::move(*address);
    else
        environment.fault("REDIS_URL", address.error().message);
}

}  // namespace control

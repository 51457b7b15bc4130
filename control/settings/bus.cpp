#include "control/settings/bus.h"

namespace control {

namespace {

void read_url(contracts::Environment& environment, BusSettings& settings, const std::string& url) {
    if (is_remote_bus(url)) {
        contracts::Result<RemoteBus> remote = parse_remote_bus(url);
        if (remote)
            settings.remote = std::move(*remote);
        else
            environment.fault("REDIS_URL", remote.error().message);
        return;
    }
    contracts::Result<contracts::RedisAddress> address = contracts::RedisAddress::parse(url);
    if (address)
        settings.redis = std::move(*address);
    else
        environment.fault("REDIS_URL", address.error().message);
}

}  // namespace

void read(contracts::Environment& environment, BusSettings& settings) {
    if (const std::optional<std::string> url = environment.find("REDIS_URL"))
        read_url(environment, settings, *url);
    read(environment, settings.remote);
}

}  // namespace control

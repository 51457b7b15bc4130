// A Redis that is reached through TLS or found by Sentinel:
//   rediss://[user:password@]host[:port][/db]
//   redis+sentinel://[user:password@]host[:port][,host[:port]…]/master[/db], and rediss+sentinel
// where the Sentinels and the servers speak TLS. The hosts are the Sentinels', user and password
// the server's.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/streams/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct RemoteBus {
    contracts::RedisAddress server;  // user, password, database; without Sentinel host and port too
    bool tls = false;
    std::string master{};                              // its name in Sentinel; empty: no Sentinel
    std::vector<contracts::RedisAddress> sentinels{};  // with REDIS_SENTINEL_PASSWORD
    std::string authorities{};                         // REDIS_CA_FILE; empty: the system's
    std::string certificate{};                         // REDIS_CERTIFICATE
    std::string key{};                                 // REDIS_KEY
};

[[nodiscard]] bool is_remote_bus(std::string_view url);
// Fails with `invalid`; the error never repeats the password.
[[nodiscard]] contracts::Result<RemoteBus> parse_remote_bus(std::string_view url);
// The settings beside REDIS_URL. None where `bus` is not one.
void read(contracts::Environment& environment, std::optional<RemoteBus>& bus);

}  // namespace control

// Makes a site known to a daemon, as provisioning would leave it: a managed, active server that the
// installation's key opens. For tests that link the store and ssh.
#pragma once

#include "contracts/base/clock.h"
#include "control/ssh/access.h"
#include "control/store/database.h"
#include "control/store/servers.h"
#include "control/vault/vault.h"
#include "tests/support/server/site.h"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace tests {

inline constexpr const char* kServerId = "server-1";

template <class T>
[[nodiscard]] T known(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}

// `data`: the daemon's data directory, with SQLite's store. `scratch` is created.
inline void make_known(const std::string& data, const std::string& scratch, const Site& there) {
    const contracts::SystemClock clock;
    const auto database = known(control::open_sqlite(data + "/orchestrator.db"));
    const auto vault = known(control::Vault::open_key(data + "/secrets.key"));
    std::filesystem::create_directory(scratch);
    std::filesystem::permissions(scratch, std::filesystem::perms::owner_all);
    const control::ssh::Access access(scratch, *database, vault, clock);
    there.let_in(known(access.key()).public_key);
    contracts::Server server;
    server.id = server.handle = server.name = server.provider_id = kServerId;
    server.ip_address = there.address;
    server.status = contracts::ServerStatus::active;
    server.is_managed = true;
    server.specs = {{"memory_mb", 4096}, {"disk_mb", 65'536}};
    const auto put = database->transaction([&](control::Transaction& tx) {
        return control::servers::insert(tx, server, clock.now());
    });
    if (!put) throw std::runtime_error(put.error().describe());
}

}  // namespace tests

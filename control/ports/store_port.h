// The store, the vault whose key belongs to it, and the first administrator's token of a new store.
#pragma once

#include "contracts/base/log.h"
#include "control/ports/data_directory.h"
#include "control/settings/store.h"
#include "control/vault/secrets.h"

namespace control {

struct StorePort {
    std::unique_ptr<Database> database;
    Vault vault;
};

// Failure: `fatal`.
[[nodiscard]] contracts::Result<StorePort> open_store(const StoreSettings& settings,
                                                      const DataDirectory& data,
                                                      const contracts::Clock& clock,
                                                      const contracts::Log& log);

}  // namespace control

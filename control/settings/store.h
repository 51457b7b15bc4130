// Where rows are stored, and for how long.
#pragma once

#include "contracts/base/environment.h"
#include "control/store/retention.h"

#include <string>

namespace control {

struct StoreSettings {
    std::string database_url;  // DATABASE_URL; empty: SQLite in the data directory
    std::string secrets_key;   // SECRETS_KEY_FILE; empty: in the data directory
    Retention retention;       // KEEP_…_DAYS
};

// The settings that may change while the daemon runs (live.h).
void read_retention(contracts::Environment& environment, Retention& retention);
void read(contracts::Environment& environment, StoreSettings& settings);

}  // namespace control

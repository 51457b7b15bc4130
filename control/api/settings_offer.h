// Which settings the API offers to change while the daemon runs, and how a value is checked.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <vector>

namespace control {

struct OfferedSetting {
    std::string name;     // "RETENTION_INTERVAL"
    std::string takes;    // "1 to 86400 seconds"
    std::string summary;  // one clause
    std::string usual;    // what the environment says
};

struct SettingsOffer {
    std::vector<OfferedSetting> all{};
    // Of one that is offered: `invalid`, field "value".
    contracts::Result<void> (*check)(const std::string& name, const std::string& value) = nullptr;
};

}  // namespace control

// The settings that the API can change while the daemon runs, and the check of their values.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <vector>

namespace control {

struct OfferedSetting {
    std::string name;     // "RETENTION_INTERVAL"
    std::string takes;    // "1 to 86400 seconds"
    std::string summary;  // a clause that describes it
    std::string usual;    // the value of the environment
};

struct SettingsOffer {
    std::vector<OfferedSetting> all{};
    // For a setting in the list: fails with `invalid`, field "value".
    contracts::Result<void> (*check)(const std::string& name, const std::string& value) = nullptr;
};

}  // namespace control

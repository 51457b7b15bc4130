// What the daemon logs, and in which format.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/base/log.h"

namespace control {

struct LogSettings {
    contracts::LogLevel level = contracts::LogLevel::info;     // LOG_LEVEL
    contracts::LogFormat format = contracts::LogFormat::json;  // LOG_FORMAT
};

void read(contracts::Environment& environment, LogSettings& settings);

}  // namespace control

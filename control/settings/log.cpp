#include "control/settings/log.h"

namespace control {

void read(contracts::Environment& environment, LogSettings& settings) {
    const std::string level = environment.text("LOG_LEVEL", "INFO");
    if (const auto parsed = contracts::parse_log_level(level))
        settings.level = *parsed;
    else
        environment.fault("LOG_LEVEL", "must be DEBUG, INFO, WARNING or ERROR");
    const std::string format = environment.text("LOG_FORMAT", "json");
    if (const auto parsed = contracts::parse_log_format(format))
        settings.format = *parsed;
    else
        environment.fault("LOG_FORMAT", "must be json or console");
}

}  // namespace control

// The Telegram bots through which people reach a Product Owner.
#pragma once

#include "contracts/base/environment.h"

#include <string>
#include <vector>

namespace control {

struct TelegramSettings {
    std::vector<std::string> tokens;  // TELEGRAM_BOT_TOKENS; none: no Telegram
    std::string api_url;              // TELEGRAM_API_URL
};

// Notes faults without showing a token.
void read(contracts::Environment& environment, TelegramSettings& settings);

}  // namespace control

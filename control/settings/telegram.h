// The bots in Telegram that people can talk with a Product Owner through.
#pragma once

#include "contracts/base/environment.h"

#include <string>
#include <vector>

namespace control {

struct TelegramSettings {
    std::vector<std::string> tokens;  // TELEGRAM_BOT_TOKENS; none: no Telegram
    std::string api_url;              // TELEGRAM_API_URL
};

// Notes a fault without a token's text.
void read(contracts::Environment& environment, TelegramSettings& settings);

}  // namespace control

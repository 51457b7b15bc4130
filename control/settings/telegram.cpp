#include "control/settings/telegram.h"

#include "control/settings/shapes.h"

#include <algorithm>
#include <set>

namespace control {

using contracts::Environment;

namespace {

constexpr const char* kTokens = "TELEGRAM_BOT_TOKENS";

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 19 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "123456:AA…", as shown by @BotFather.
bool is_token(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_number(text.substr(0, colon))) return false;
    const std::string_view secret = text.substr(colon + 1);
    return secret.size() >= 20 && std::ranges::all_of(secret, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

std::string without_blanks(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    return text;
}

}  // namespace

void read(Environment& environment, TelegramSettings& settings) {
    settings.api_url = read_base_url(environment, "TELEGRAM_API_URL", "https://api.telegram.org");
    std::set<std::string> bots;
    int place = 0;
    for (const std::string& part : split_list(environment.text(kTokens, ""))) {
        const std::string token = without_blanks(part);
        const std::string which = "token " + std::to_string(++place) + " of the list ";
        if (!is_token(token))
            environment.fault(kTokens, which +
                                           "is not a bot's token, which is a number, a colon and "
                                           "at least 20 letters, digits, _ or -");
        else if (!bots.insert(token.substr(0, token.find(':'))).second)
            environment.fault(kTokens, which + "belongs to the same bot as an earlier one");
        else
            settings.tokens.push_back(token);
    }
}

}  // namespace control

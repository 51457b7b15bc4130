#include "control/messenger/telegram/address.h"

namespace control::telegram {

namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 19 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string format_address(const Address& address) {
    return address.bot.empty() ? address.chat : address.bot + "/" + address.chat;
}

std::optional<Address> parse_address(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return is_number(text) ? std::optional(Address{{}, std::string(text)}) : std::nullopt;
    const std::string_view bot = text.substr(0, slash), chat = text.substr(slash + 1);
    if (!is_number(bot) || !is_number(chat)) return std::nullopt;
    return Address{std::string(bot), std::string(chat)};
}

}  // namespace control::telegram

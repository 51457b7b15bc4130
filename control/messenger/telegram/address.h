// The destination of a reply: a chat with one of our bots. As an address: "BOT/CHAT", or "CHAT" for
// a person who has not written to any of them yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace control::telegram {

struct Address {
    std::string bot;  // empty: any
    std::string chat;

    friend auto operator<=>(const Address&, const Address&) = default;
};

[[nodiscard]] std::string format_address(const Address& address);
// Empty if it is not an address.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

}  // namespace control::telegram

// A list of allowed commands and, on the next line, a requested command. The text is also read as a
// Redis address, which is one line as well.
#include "contracts/permissions/allowed_commands.h"
#include "contracts/streams/address.h"
#include "tests/fuzz/target.h"

#include <algorithm>

using contracts::AllowedCommands;
using contracts::ErrorKind;
using contracts::RedisAddress;
using fuzz::require;

namespace {

// Follows the documentation: `*`, `group.*` (for a command without a group that is the command
// itself), or the exact command.
bool is_covered(std::string_view pattern, std::string_view command) {
    if (pattern == "*") return true;
    const std::size_t dot = pattern.find('.');
    if (dot == std::string_view::npos || pattern.substr(dot + 1) != "*") return pattern == command;
    return command.substr(0, command.find('.')) == pattern.substr(0, dot);
}

void check_list(std::string_view list, std::string_view command) {
    const auto allowed = AllowedCommands::parse(list);
    if (!allowed) {
        require(allowed.error().kind == ErrorKind::invalid &&
                    allowed.error().field == "ALLOWED_COMMANDS",
                "a refused list names its variable");
        return;
    }
    std::string joined;
    bool covered = false;
    for (const std::string& pattern : allowed->patterns()) {
        require(std::ranges::all_of(pattern,
                                    [](char c) {
                                        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                               c == '_' || c == '-' || c == '.' || c == '*';
                                    }),
                "a pattern has no other characters");
        joined.append(joined.empty() ? "" : ",").append(pattern);
        covered = covered || is_covered(pattern, command);
    }
    require(allowed->allows(command) == covered, "what is allowed is what a pattern says");
    require(allowed->check(command).has_value() == covered, "checking is asking");
    const auto again = AllowedCommands::parse(joined);
    require(again && again->patterns() == allowed->patterns(),
            "a list reads back as it was written");
}

void check_address(std::string_view url) {
    const auto address = RedisAddress::parse(url);
    if (!address) {
        require(address.error().kind == ErrorKind::invalid && address.error().field == "REDIS_URL",
                "a refused address names its variable");
        return;
    }
    require(address->host.empty() != address->path.empty(), "an address is a host or a path");
    const auto again = RedisAddress::parse(address->url());
    require(again && again->host == address->host && again->port == address->port &&
                again->path == address->path && again->user == address->user &&
                again->password == address->password && again->database == address->database,
            "an address reads back as it was written");
    RedisAddress other = *address;
    other.user = other.password = "another";
    require(other.display() == address->display(), "what is shown holds no credentials");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest = fuzz::text_of(data, size);
    const std::string_view list = fuzz::take_until(rest, '\n');
    check_list(list, rest);
    check_address(list);
    return 0;
}

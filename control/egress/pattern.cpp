#include "control/egress/pattern.h"

#include "contracts/base/number.h"
#include "contracts/base/text.h"

#include <algorithm>

namespace control::egress {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kLongestName) return false;
    std::size_t label = 0;
    for (const char c : text) {
        if (c == '.' && label == 0) return false;
        if (c != '.' && !is_name_char(c)) return false;
        label = c == '.' ? 0 : label + 1;
        if (label > kLongestLabel) return false;
    }
    return label > 0;
}

struct Parts {
    std::string_view host;
    std::string_view port;  // empty: none
    bool bracketed = false;
};

std::optional<Parts> split(std::string_view text) {
    Parts parts;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        parts = {.host = text.substr(1, end - 1), .port = {}, .bracketed = true};
        rest = text.substr(end + 1);
    } else {
        const std::size_t colon = text.find(':');
        parts.host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (rest.empty()) return parts;
    if (!rest.starts_with(':') || rest.size() == 1) return std::nullopt;
    parts.port = rest.substr(1);
    return parts;
}

Result<Target> invalid(std::string_view what) {
    return fail(ErrorKind::invalid, what);
}

}  // namespace

Result<Target> parse_target(std::string_view text, std::uint16_t usual) {
    const std::optional<Parts> parts = split(text);
    if (!parts) return invalid("it must be HOST:PORT; an IPv6 address stands in brackets");
    Target target;
    target.port = usual;
    if (!parts->port.empty()) {
        const auto port = contracts::whole_number(parts->port, 1, 65'535);
        if (!port) return invalid("the port must be a number from 1 to 65535");
        target.port = static_cast<std::uint16_t>(*port);
    }
    target.address = parse_address(parts->host);
    if (target.address && target.address->six == parts->bracketed) {
        target.host = to_text(*target.address);
        return target;
    }
    if (parts->bracketed || is_address_like(parts->host))
        return invalid("an address must be written as in 192.0.2.1 or [2001:db8::1]");
    target.address.reset();
    target.host = contracts::lower_case(parts->host);
    if (target.host.ends_with('.')) target.host.pop_back();
    if (!is_name(target.host))
        return invalid("the host must be a DNS name of at most 253 characters");
    return target;
}

std::string to_text(const Target& target) {
    const bool six = target.address && target.address->six;
    return (six ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
}

Result<Pattern> parse_pattern(std::string_view text) {
    Pattern pattern;
    std::string_view rest = text;
    if (rest == "*" || rest.starts_with("*:")) {
        pattern.hosts = Pattern::Hosts::every;
        rest.remove_prefix(1);
    } else if (rest.starts_with("*.")) {
        pattern.hosts = Pattern::Hosts::below;
        rest.remove_prefix(2);
    }
    const bool every = pattern.hosts == Pattern::Hosts::every;
    // `parse_target` is the only function that parses ports.
    Result<Target> target =
        parse_target(every ? "every" + std::string(rest) : std::string(rest), kUsualPort);
    if (!target || (target->address && pattern.hosts != Pattern::Hosts::one))
        return fail(ErrorKind::invalid,
                    "\"" + std::string(text) + "\" is not a pattern" +
                        (target ? std::string() : ": " + target.error().message),
                    {},
                    "write HOST, HOST:PORT, *.DOMAIN:PORT or an address such as 10.0.0.5:443; "
                    "without a port 443 is meant");
    pattern.target = std::move(*target);
    if (every) pattern.target.host.clear();
    return pattern;
}

std::string to_text(const Pattern& pattern) {
    switch (pattern.hosts) {
        case Pattern::Hosts::one:
            return to_text(pattern.target);
        case Pattern::Hosts::below:
            return "*." + to_text(pattern.target);
        case Pattern::Hosts::every:
            break;
    }
    return "*:" + std::to_string(pattern.target.port);
}

bool matches(const Pattern& pattern, const Target& target) {
    if (pattern.target.port != target.port) return false;
    if (pattern.target.address || target.address) return pattern.target.address == target.address;
    switch (pattern.hosts) {
        case Pattern::Hosts::one:
            return pattern.target.host == target.host;
        case Pattern::Hosts::below:
            return target.host.ends_with('.' + pattern.target.host);
        case Pattern::Hosts::every:
            break;
    }
    return true;
}

}  // namespace control::egress

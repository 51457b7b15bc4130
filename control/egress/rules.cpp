#include "control/egress/rules.h"

#include "control/egress/registries.h"

#include <algorithm>

namespace control::egress {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMostDescribed = 30;

void add(std::vector<Pattern>& patterns, const Pattern& pattern) {
    if (std::ranges::find(patterns, pattern) == patterns.end()) patterns.push_back(pattern);
}

void add_text(std::vector<Pattern>& patterns, std::string_view text) {
    if (const Result<Pattern> pattern = parse_pattern(text)) add(patterns, *pattern);
}

}  // namespace

Result<void> Rules::admit(const Target& target) const {
    if (std::ranges::any_of(patterns_, [&](const Pattern& one) { return matches(one, target); }))
        return {};
    return fail(ErrorKind::permission, to_text(target) + " is not allowed from this worker", {},
                "allowed: " + describe() +
                    ". An administrator can allow more with EGRESS_ALLOW of orchestratord");
}

bool Rules::may_dial(const Address& address, std::uint16_t port) const {
    return is_public(address) || names(address, port);
}

bool Rules::names(const Address& address, std::uint16_t port) const {
    return std::ranges::any_of(patterns_, [&](const Pattern& one) {
        return one.target.address == address && one.target.port == port;
    });
}

std::string Rules::describe() const {
    std::string text;
    for (std::size_t i = 0; i < patterns_.size() && i < kMostDescribed; ++i)
        text.append(text.empty() ? "" : ", ").append(to_text(patterns_[i]));
    if (patterns_.size() > kMostDescribed)
        text += " and " + std::to_string(patterns_.size() - kMostDescribed) + " more";
    return text.empty() ? "nothing" : text;
}

Rules only(const Settings& settings, std::string_view pattern) {
    if (settings.mode == Mode::off) return {};
    std::vector<Pattern> patterns;
    add_text(patterns, pattern);
    return Rules(std::move(patterns));
}

Rules rules_for(const Settings& settings, std::string_view forge,
                const std::vector<std::string>& capabilities) {
    if (settings.mode == Mode::off) return {};
    std::vector<Pattern> patterns;
    if (settings.mode == Mode::extend) {
        if (!forge.empty()) add_text(patterns, forge);
        for (const std::string& capability : capabilities)
            for (const std::string_view host : registries_of(capability))
                add_text(patterns, host);
    }
    for (const Pattern& pattern : settings.allow)
        add(patterns, pattern);
    return Rules(std::move(patterns));
}

}  // namespace control::egress

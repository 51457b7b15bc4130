// What one worker may reach: the registries for the contents of its image and the forge, extended
// or replaced by the administrator. Pure.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/egress/pattern.h"

#include <vector>

namespace control::egress {

enum class Mode {
    extend,   // the usual hosts and EGRESS_ALLOW
    replace,  // only EGRESS_ALLOW
    off,      // no worker reaches anything
};
inline constexpr std::string_view kModeNames[] = {"extend", "replace", "off"};
constexpr contracts::Choices choices_of(Mode) {
    return kModeNames;
}

struct Settings {
    Mode mode = Mode::extend;         // EGRESS_MODE
    std::vector<Pattern> allow{};     // EGRESS_ALLOW
    std::int64_t worker_mb = 20'480;  // EGRESS_WORKER_MB: in both directions together
};

class Rules {
public:
    Rules() = default;
    explicit Rules(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {}

    [[nodiscard]] bool empty() const { return patterns_.empty(); }
    // Checked before a name is looked up. Fails with `permission` and names what is allowed.
    [[nodiscard]] contracts::Result<void> admit(const Target& target) const;
    // Checked for each address of the host: it must be public, or named by a pattern.
    [[nodiscard]] bool may_dial(const Address& address, std::uint16_t port) const;
    // Whether a pattern names exactly this address.
    [[nodiscard]] bool names(const Address& address, std::uint16_t port) const;
    // "pypi.org:443, *.example.org:443", at most about 30 of them.
    [[nodiscard]] std::string describe() const;

private:
    std::vector<Pattern> patterns_;
};

// `forge`: its host as a pattern; empty: workers cannot reach it. `capabilities`: those of the
// worker's image, including toolchains.
[[nodiscard]] Rules rules_for(const Settings& settings, std::string_view forge,
                              const std::vector<std::string>& capabilities);

// Allows this pattern and nothing else; an invalid pattern allows nothing.
[[nodiscard]] Rules only(const Settings& settings, std::string_view pattern);

}  // namespace control::egress

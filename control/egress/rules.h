// What one worker may reach: the registries of what its image has and the forge, extended or
// replaced by the administrator. Pure.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/egress/pattern.h"

#include <vector>

namespace control::egress {

enum class Mode {
    extend,   // the usual hosts and EGRESS_ALLOW
    replace,  // EGRESS_ALLOW alone
    off,      // no worker reaches anything
};
inline constexpr std::string_view kModeNames[] = {"extend", "replace", "off"};
constexpr contracts::Choices choices_of(Mode) {
    return kModeNames;
}

struct Settings {
    Mode mode = Mode::extend;         // EGRESS_MODE
    std::vector<Pattern> allow{};     // EGRESS_ALLOW
    std::int64_t worker_mb = 20'480;  // EGRESS_WORKER_MB: both ways together
};

class Rules {
public:
    Rules() = default;
    explicit Rules(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {}

    [[nodiscard]] bool empty() const { return patterns_.empty(); }
    // Before anything is looked up. Fails with `permission` and says what is allowed.
    [[nodiscard]] contracts::Result<void> admit(const Target& target) const;
    // Each address that the host turned out to have: a public one, or one that a pattern names.
    [[nodiscard]] bool may_dial(const Address& address, std::uint16_t port) const;
    // Whether a pattern names this very address.
    [[nodiscard]] bool names(const Address& address, std::uint16_t port) const;
    // "pypi.org:443, *.example.org:443", at most some 30 of them.
    [[nodiscard]] std::string describe() const;

private:
    std::vector<Pattern> patterns_;
};

// `forge`: its host as a pattern; empty: it has none that a worker could reach. `capabilities`: of
// the worker's image, toolchains among them.
[[nodiscard]] Rules rules_for(const Settings& settings, std::string_view forge,
                              const std::vector<std::string>& capabilities);

}  // namespace control::egress

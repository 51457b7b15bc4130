// Which commands a caller may use: `<group>.<command>` patterns such as "project.get", "project.*"
// and "*". A command without a group ("respond") is its own whole group: "respond.*" also names it.
// An empty list allows nothing. The CLI checks in order to fail early with a clear message; PID 1
// and the API check where the agent cannot interfere.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace contracts {

class AllowedCommands {
public:
    AllowedCommands() = default;  // denies everything
    explicit AllowedCommands(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

    // A comma-separated list or a JSON array of patterns, each of at most 64 bytes. Fails with
    // `invalid`, field ALLOWED_COMMANDS.
    [[nodiscard]] static Result<AllowedCommands> parse(std::string_view text);

    // For a pattern: whether everything that it matches is allowed.
    [[nodiscard]] bool allows(std::string_view command) const;
    // Fails with `permission`; the error lists what is allowed.
    [[nodiscard]] Result<void> check(std::string_view command) const;
    // "allowed: project.get, infra.*"
    [[nodiscard]] std::string in_words() const;
    // What both allow, and nothing else.
    [[nodiscard]] AllowedCommands narrowed_to(const AllowedCommands& limit) const;
    [[nodiscard]] const std::vector<std::string>& patterns() const { return patterns_; }

private:
    std::vector<std::string> patterns_;
};

// The profiles PRODUCT_OWNER, DEVELOPER and DEVOPS expanded; any other entry is a pattern and stays
// as it is.
[[nodiscard]] std::vector<std::string> expand_profiles(const std::vector<std::string>& entries);

}  // namespace contracts

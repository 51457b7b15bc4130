// Which commands a caller may use: `<group>.<command>` patterns such as "project.get", "project.*"
// and "*". A command without a group ("respond") is its own whole group: "respond.*" also names it.
// Nothing listed means nothing allowed. The CLI asks to fail early with a clear word; PID
// 1 and the API ask because there the agent cannot reach.
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

    // Of a pattern: whether everything that it stands for is allowed.
    [[nodiscard]] bool allows(std::string_view command) const;
    // Fails with `permission` and says what is allowed.
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

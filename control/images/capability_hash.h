// The name of the image for a request: equal inputs have equal names in whatever order they are
// given, and any real difference leads to another name.
#pragma once

#include "contracts/base/json.h"
#include "control/images/recipe.h"

#include <string>

namespace control::images {

inline constexpr int kHashSchema = 1;
inline constexpr std::size_t kHashDigits = 12;

struct ImageInput {
    contracts::AgentType agent = contracts::AgentType::claude;
    std::string agent_version;
    std::vector<contracts::Capability> capabilities;
    std::string base_digest;
    std::string recipe;   // the Dockerfile
    std::string scripts;  // our own files that the recipe copies
    std::string architecture;
    std::vector<std::string> packages{};
};

// The text that is hashed: sorted keys, no spaces. It is also a label of the image.
[[nodiscard]] std::string canonical_input(const ImageInput& input);
// The first 12 hexadecimal digits of its SHA-256.
[[nodiscard]] std::string capability_hash(const ImageInput& input);
// The same for a canonical text that was read from a label.
[[nodiscard]] std::string hash_of_canonical(std::string_view canonical);
// A description for people.
[[nodiscard]] std::string explain(const ImageInput& input);

// Case does not matter. Fails with `invalid`; the error lists the valid names.
[[nodiscard]] contracts::Result<contracts::AgentType> parse_agent(std::string_view text);
[[nodiscard]] contracts::Result<std::vector<contracts::Capability>> parse_capabilities(
    std::string_view comma_separated);
// Checks only their form; `dockerfile` checks that the toolchains exist.
[[nodiscard]] contracts::Result<std::vector<std::string>> parse_packages(
    std::string_view comma_separated);

}  // namespace control::images

#include "control/images/capability_hash.h"

#include "contracts/base/sha256.h"
#include "contracts/base/text.h"
#include "contracts/messages/packages.h"

#include <strings.h>
#include <algorithm>
#include <span>

namespace control::images {

using contracts::AgentType;
using contracts::Capability;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::trimmed;

namespace {

Json to_json(const ImageInput& input) {
    std::vector<std::string> capabilities;
    for (const Capability capability : input.capabilities)
        capabilities.emplace_back(capability_name(capability));
    std::ranges::sort(capabilities);
    capabilities.erase(std::ranges::unique(capabilities).begin(), capabilities.end());
    Json json{{"schema", kHashSchema},
              {"agent", {{"type", agent_name(input.agent)}, {"version", input.agent_version}}},
              {"capabilities", capabilities},
              {"base_digest", contracts::lower_case(input.base_digest)},
              {"recipe", input.recipe},
              {"scripts", contracts::sha256_hex(input.scripts)},
              {"architecture", contracts::lower_case(input.architecture)}};
    // Without packages, the text is the one that was hashed before packages existed.
    if (!input.packages.empty()) json["packages"] = contracts::sorted_packages(input.packages);
    return json;
}

// The position of `text` in `names`, or -1.
int position(std::span<const std::string_view> names, std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i].size() == text.size() &&
            strncasecmp(names[i].data(), text.data(), text.size()) == 0)
            return static_cast<int>(i);
    return -1;
}

}  // namespace

std::string canonical_input(const ImageInput& input) {
    return contracts::dump_json(to_json(input));
}

std::string hash_of_canonical(std::string_view canonical) {
    return contracts::sha256_hex(canonical).substr(0, kHashDigits);
}

std::string capability_hash(const ImageInput& input) {
    return hash_of_canonical(canonical_input(input));
}

std::string explain(const ImageInput& input) {
    return to_json(input).dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<AgentType> parse_agent(std::string_view text) {
    const int found = position(contracts::kAgentTypeNames, trimmed(text));
    if (found >= 0) return static_cast<AgentType>(found);
    return fail(ErrorKind::invalid,
                "is not one of " + contracts::joined(contracts::kAgentTypeNames), "agent");
}

Result<std::vector<Capability>> parse_capabilities(std::string_view comma_separated) {
    std::vector<Capability> all;
    while (!comma_separated.empty()) {
        const std::size_t end = comma_separated.find(',');
        const std::string_view name = trimmed(comma_separated.substr(0, end));
        const int found = position(contracts::kCapabilityNames, name);
        if (found < 0)
            return fail(ErrorKind::invalid,
                        "'" + std::string(name) + "' is not one of " +
                            contracts::joined(contracts::kCapabilityNames),
                        "capabilities");
        all.push_back(static_cast<Capability>(found));
        comma_separated.remove_prefix(end == std::string_view::npos ? comma_separated.size()
                                                                    : end + 1);
    }
    return all;
}

Result<std::vector<std::string>> parse_packages(std::string_view comma_separated) {
    std::vector<std::string> all;
    while (!comma_separated.empty()) {
        const std::size_t end = comma_separated.find(',');
        std::string word =
            contracts::lower_case(std::string(trimmed(comma_separated.substr(0, end))));
        if (!contracts::is_package(word))
            return fail(ErrorKind::invalid,
                        "'" + word + "' is neither a toolchain nor a package of Debian", "packages",
                        "write for example python,apt:libpq-dev");
        all.push_back(std::move(word));
        comma_separated.remove_prefix(end == std::string_view::npos ? comma_separated.size()
                                                                    : end + 1);
    }
    return all;
}

}  // namespace control::images

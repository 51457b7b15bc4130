// The content of an image: the Dockerfile, assembled from the fragments of images/, and the pinned
// agent.
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/worker.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control::images {

// Toolchains that an administrator adds: Debian packages by the toolchain's name.
using Toolchains = std::map<std::string, std::vector<std::string>>;

// What a caller asks for.
struct ImageRequest {
    contracts::AgentType agent = contracts::AgentType::claude;
    std::vector<contracts::Capability> capabilities{};  // in any order, repeated or not
    std::vector<std::string> packages{};                // likewise; contracts/messages/packages.h
    // If set: the image of this service; all other members are ignored.
    std::optional<contracts::TestService> service{};
};

// One line of images/agents.lock.
struct AgentPin {
    std::string version;
    std::string integrity;           // of the package, as its registry gives it
    std::vector<std::string> files;  // names in <agents>/<agent>/; the first one is the agent
};

[[nodiscard]] std::string_view agent_name(contracts::AgentType agent);
[[nodiscard]] std::string_view capability_name(contracts::Capability capability);

// Whether the agent is installed in an image; a custom command is not.
[[nodiscard]] bool has_binary(contracts::AgentType agent);

// `architecture` as the engine names it ("x86_64", "aarch64"). `not_found` if the agent is not
// pinned for it. For an agent without a binary all members are empty.
[[nodiscard]] contracts::Result<AgentPin> agent_pin(contracts::AgentType agent,
                                                    std::string_view architecture);

// Equal sets of capabilities and packages give equal texts. Fails with `invalid`, field "packages",
// if one is neither a toolchain of ours, nor one of `added`, nor a package of Debian.
[[nodiscard]] contracts::Result<std::string> dockerfile(const ImageRequest& request,
                                                        const Toolchains& added = {});

// Names of all toolchains: go, java, node, python, rust, and those of `added`.
[[nodiscard]] std::vector<std::string> toolchain_names(const Toolchains& added);

}  // namespace control::images

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

// What somebody asks for.
struct ImageRequest {
    contracts::AgentType agent = contracts::AgentType::claude;
    std::vector<contracts::Capability> capabilities{};  // any order, repeated or not
    std::vector<std::string> packages{};                // the same; contracts/messages/packages.h
    // Set: the image of this service and nothing else; the rest does not count.
    std::optional<contracts::TestService> service{};
};

// One line of images/agents.lock.
struct AgentPin {
    std::string version;
    std::string integrity;  // of the package, as the registry states it
    std::vector<std::string>
        files;  // names, as they lie in <agents>/<agent>/; the first is the agent
};

[[nodiscard]] std::string_view agent_name(contracts::AgentType agent);
[[nodiscard]] std::string_view capability_name(contracts::Capability capability);

// Whether it is an agent that is installed in an image; a custom command is not.
[[nodiscard]] bool has_binary(contracts::AgentType agent);

// `architecture` as the engine names it ("x86_64", "aarch64"). Not pinned for it: `not_found`. An
// agent without a binary has no pin: all of it is empty.
[[nodiscard]] contracts::Result<AgentPin> agent_pin(contracts::AgentType agent,
                                                    std::string_view architecture);

// The same text for the same set of capabilities and packages. Fails with `invalid` and field
// "packages" where one is neither ours, nor one of `added`, nor a package of Debian.
[[nodiscard]] contracts::Result<std::string> dockerfile(const ImageRequest& request,
                                                        const Toolchains& added = {});

// Names of all toolchains: go, java, node, python, rust, and those of `added`.
[[nodiscard]] std::vector<std::string> toolchain_names(const Toolchains& added);

}  // namespace control::images

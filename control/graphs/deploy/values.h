// The values of a deployed project's environment, for the calls of the deploy graph: read from the
// commit, from the stored values, and from the project's placement. The arguments are those of a
// call: {project_id, project_name, repository, commit, server_id, port}.
//
// Failure: a mistake in the project's own files is `invalid`.
#pragma once

#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/environment.h"
#include "control/project_file/env_contract.h"
#include "control/project_file/project_file.h"

#include <optional>
#include <string>
#include <vector>

namespace control::graphs {

// Its destructor overwrites the secrets.
struct KnownValues {
    Environment environment;
    KnownValues() = default;
    KnownValues(KnownValues&&) = default;
    KnownValues& operator=(KnownValues&&) = delete;
    ~KnownValues();
};

class Values {
public:
    Values(DeployPorts ports, DeployCallSettings settings)
        : ports_(std::move(ports)), settings_(std::move(settings)) {}

    // Decided by the project's contract, or by rules from its .env.example if it has none.
    [[nodiscard]] Result<KnownValues> of(const contracts::Json& arguments) const;
    // Generates and stores the values among `names` that nobody has stored yet.
    [[nodiscard]] Result<void> generate(const std::string& project_id,
                                        const std::vector<std::string>& names) const;
    [[nodiscard]] Result<ProjectFile> project_file(const contracts::Json& arguments) const;
    [[nodiscard]] Result<DeployFacts> facts(const contracts::Json& arguments) const;
    // The content of a file of the commit; empty if it is missing.
    [[nodiscard]] Result<std::string> file(const contracts::Json& arguments, std::string_view name,
                                           std::size_t most) const;

private:
    // Empty: the project has no contract.
    [[nodiscard]] Result<std::optional<EnvContract>> contract(
        const contracts::Json& arguments) const;
    [[nodiscard]] Result<Environment> resolved(
        const contracts::Json& arguments, const std::map<std::string, std::string>& stored) const;

    DeployPorts ports_;
    DeployCallSettings settings_;
};

}  // namespace control::graphs

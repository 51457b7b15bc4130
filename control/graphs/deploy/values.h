// The values of a deployed project's environment, as the calls of the deploy graph need them: read
// from the commit, from what is stored, and from where it is placed. Arguments are those of a call:
// {project_id, project_name, repository, commit, server_id, port}.
//
// Failure: what the project's own files say wrongly is `invalid`.
#pragma once

#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/environment.h"
#include "control/project_file/env_contract.h"
#include "control/project_file/project_file.h"

#include <optional>
#include <string>
#include <vector>

namespace control::graphs {

// Whoever has it overwrites the secrets when he is done with them.
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

    // By the project's contract, or by rules from its .env.example where it has none.
    [[nodiscard]] Result<KnownValues> of(const contracts::Json& arguments) const;
    // Makes and keeps those that are the project's own and that nobody has made yet.
    [[nodiscard]] Result<void> generate(const std::string& project_id,
                                        const std::vector<std::string>& names) const;
    [[nodiscard]] Result<ProjectFile> project_file(const contracts::Json& arguments) const;
    [[nodiscard]] Result<DeployFacts> facts(const contracts::Json& arguments) const;
    // What one file of the commit says; empty where it is not there.
    [[nodiscard]] Result<std::string> file(const contracts::Json& arguments, std::string_view name,
                                           std::size_t most) const;

private:
    // Empty: it has no contract.
    [[nodiscard]] Result<std::optional<EnvContract>> contract(
        const contracts::Json& arguments) const;
    [[nodiscard]] Result<Environment> resolved(
        const contracts::Json& arguments, const std::map<std::string, std::string>& stored) const;

    DeployPorts ports_;
    DeployCallSettings settings_;
};

}  // namespace control::graphs

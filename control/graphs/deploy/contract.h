// What a deployed project finds in its environment where it has a contract
// (project_file/env_contract.h): the contract says who provides what, and no rule is needed.
#pragma once

#include "control/graphs/deploy/environment.h"
#include "control/project_file/env_contract.h"

#include <string>

namespace control::graphs {

// What the platform knows of a project that is deployed by its own workflow.
struct ContractFacts {
    DeployFacts deploy;
    std::string slug;  // of this project alone, on every server
    std::string project_id;
    std::string images;  // "registry/owner/name", in front of "-backend:sha-1234567"; may be empty
    std::string commit;
    std::vector<std::string> modules{};
};

// Entries of production alone. A required variable that the platform should know and does not:
// `invalid`, field: its name.
[[nodiscard]] contracts::Result<Environment> resolve_contract(
    const EnvContract& contract, const std::map<std::string, std::string>& stored,
    const ContractFacts& facts);

}  // namespace control::graphs

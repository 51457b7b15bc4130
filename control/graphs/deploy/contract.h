// The environment of a deployed project that has a contract (project_file/env_contract.h): the
// contract says who provides which variable, so no rules are needed.
#pragma once

#include "control/graphs/deploy/environment.h"
#include "control/project_file/env_contract.h"

#include <string>

namespace control::graphs {

// What the platform knows about a project that its own workflow deploys.
struct ContractFacts {
    DeployFacts deploy;
    std::string slug;  // unique to this project, on every server
    std::string project_id;
    std::string images;  // "registry/owner/name", in front of "-backend:sha-1234567"; may be empty
    std::string commit;
    std::vector<std::string> modules{};
};

// Uses only entries for production. A required variable that the platform should provide but
// cannot: `invalid`, with its name as the field.
[[nodiscard]] contracts::Result<Environment> resolve_contract(
    const EnvContract& contract, const std::map<std::string, std::string>& stored,
    const ContractFacts& facts);

}  // namespace control::graphs

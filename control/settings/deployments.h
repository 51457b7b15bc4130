// Where finished projects are deployed, and how many resources each may use.
#pragma once

#include "contracts/base/environment.h"
#include "control/graphs/deploy/settings.h"

namespace control {

struct DeploymentSettings {
    graphs::DeploySettings graph;      // DEPLOY_QA, DEPLOY_SECRET_WAIT, DEPLOY_ROOM_WAIT
    graphs::DeployCallSettings calls;  // DEPLOYER, and all others that begin with DEPLOY_
};

void read(contracts::Environment& environment, DeploymentSettings& settings);

}  // namespace control

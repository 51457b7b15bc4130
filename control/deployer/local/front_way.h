// The way in on this machine: one front (front.h) for each deployment.
#pragma once

#include "control/deployer/local/local_deployer.h"
#include "control/deployer/local/way_in.h"

#include <memory>

namespace control::deployer {

[[nodiscard]] std::unique_ptr<WayIn> make_front_way(LocalDeployerSettings settings,
                                                    HttpClient& http);

}  // namespace control::deployer

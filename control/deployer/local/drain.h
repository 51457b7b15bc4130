// Waits until a version that has been replaced has answered the requests that it accepted.
//
// Thread: any. Waits at most kDrainLimit, or until `stop`; returns at once if the target cannot be
// inspected.
#pragma once

#include "control/deployer/local/target.h"
#include "control/deployer/local/way_in.h"

#include <stop_token>

namespace control::deployer {

void wait_until_drained(const Target& before, HttpClient& http, std::stop_token stop);

}  // namespace control::deployer

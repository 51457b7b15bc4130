// The end of a version that another one has taken over from: it answers what it has accepted.
//
// Thread: any. Waits at most kDrainLimit, or until `stop`; a target that cannot be looked at is not
// waited for.
#pragma once

#include "control/deployer/local/target.h"
#include "control/deployer/local/way_in.h"

#include <stop_token>

namespace control::deployer {

void wait_until_drained(const Target& before, HttpClient& http, std::stop_token stop);

}  // namespace control::deployer

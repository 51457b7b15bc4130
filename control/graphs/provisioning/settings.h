// Time limits of the steps of provisioning, and how often they are tried.
#pragma once

#include "control/graphs/kit/patience_settings.h"

#include <set>
#include <string>

namespace control::graphs {

// A call that fails for a reason that may pass is made three times within its time limit.
struct ProvisioningSettings : PatienceSettings {
    std::chrono::seconds call{600};         // for the result of a short call
    std::chrono::seconds reinstall{3'600};  // includes the provider's work, and its throttling
    std::chrono::seconds access{1'500};
    std::chrono::seconds software{7'500};
    std::chrono::milliseconds attempt_wait{60'000};  // before another attempt
};

// The settings of the calls.
struct ProvisionCallSettings {
    std::set<std::string> managed;           // the provider's ids (MANAGED_SERVERS)
    std::chrono::milliseconds boot{60'000};  // after a reinstall, before the first connection
};

}  // namespace control::graphs

// The calls of the provisioning graph, made by daemons with the role `infra`. Each may be made
// twice, and checks again what the request may do: whether the request is still the server's
// current one, whether the server is managed, and before a reinstall whether the provider's address
// for its id is the one that we know.
#pragma once

#include "contracts/base/clock.h"
#include "control/graphs/engine/handlers.h"
#include "control/graphs/provisioning/settings.h"
#include "control/provider/provider.h"
#include "control/provision/provision.h"

#include <functional>
#include <stop_token>

namespace control::graphs {

// All are borrowed.
struct ProvisionPorts {
    Database& database;
    Provider* provider;  // null: none is configured, and nothing is managed
    Provisioner& provisioner;
    const Vault& vault;
    const contracts::Clock& clock;
    std::stop_token stop;
    // Reports what an attempt is doing; from any thread; some reports may be skipped.
    std::function<void(const std::string& request_id, const std::string& step,
                       const std::string& message)>
        progress;
};

// provision.begin {request_id, server_handle, attempt, force_reinstall, is_recovery}
//   → {server_id, address}
// provision.reinstall {…, server_id} → {}; the new password is sealed into the store
// provision.reach {…, server_id} → {}; installs our key if a password is stored
// provision.access, provision.software {…, server_id} → {tasks, changed}; each runs its playbook
//   twice, and the second time nothing may change
[[nodiscard]] CallHandlers provision_calls(ProvisionPorts ports, ProvisionCallSettings settings);

// The same names without functions, for a daemon that does not make these calls.
[[nodiscard]] CallHandlers provision_call_names();

}  // namespace control::graphs

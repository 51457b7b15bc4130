// The ssh key pair of this installation: one ed25519 pair for all servers, created when it is first
// needed; and pairs that are created for others to log in with. The private halves are in the
// store, sealed.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"
#include "control/vault/vault.h"

#include <string>

namespace control::ssh {

struct InstallationKey {
    std::string public_key;   // one line
    std::string private_key;  // OpenSSH's file; wiped with the object

    InstallationKey() = default;
    InstallationKey(InstallationKey&&) = default;
    InstallationKey& operator=(InstallationKey&&) = default;
    ~InstallationKey() { wipe(private_key); }
};

// `directory`: where a new pair may be created. Two daemons that create it at once get the same
// one.
[[nodiscard]] Result<InstallationKey> installation_key(Database& db, const Vault& vault,
                                                       const contracts::Clock& clock,
                                                       const std::string& directory);
// A separate pair for what `name` identifies ("project:<id>"), which gives access to nothing else
// of ours.
[[nodiscard]] Result<InstallationKey> named_key(Database& db, const Vault& vault,
                                                const contracts::Clock& clock,
                                                const std::string& directory,
                                                const std::string& name);

}  // namespace control::ssh

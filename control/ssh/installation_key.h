// The ssh key pair of this installation: one ed25519 pair for all servers, made when it is first
// needed; and pairs that are made for others to log in with. The private halves lie in the store,
// sealed.
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

// `directory`: where a new pair may lie while it is made. Two daemons that make it at once get the
// same one.
[[nodiscard]] Result<InstallationKey> installation_key(Database& db, const Vault& vault,
                                                       const contracts::Clock& clock,
                                                       const std::string& directory);
// A pair of its own for what `name` stands for ("project:<id>"), which opens nothing else of ours.
[[nodiscard]] Result<InstallationKey> named_key(Database& db, const Vault& vault,
                                                const contracts::Clock& clock,
                                                const std::string& directory,
                                                const std::string& name);

}  // namespace control::ssh

// Access to a server: our key, and the host keys that the server showed at first contact, as files
// of one run. The private half of our key is in the store, sealed.
//
// Failure: the server does not answer: `transient`. It shows another host key: `conflict`, field
// "host_key". Thread: any.
#pragma once

#include "contracts/base/clock.h"
#include "control/ssh/installation_key.h"
#include "control/ssh/run_directory.h"
#include "control/ssh/target.h"
#include "control/store/database.h"
#include "control/vault/vault.h"

#include <stop_token>
#include <string>

namespace control::ssh {

class Access {
public:
    // `directory`: for runs (0700); it exists and only we use it. What an earlier run left there is
    // removed. The rest is borrowed.
    Access(std::string directory, Database& db, const Vault& vault, const contracts::Clock& clock);

    // The installation's key pair, created if there is none.
    [[nodiscard]] Result<InstallationKey> key() const;
    // The key pair with a name; from now on the server's user accepts it.
    [[nodiscard]] Result<InstallationKey> let_in(const SshTarget& target, const std::string& name,
                                                 const std::stop_token& stop) const;
    // A directory with `key` and `known_hosts`, for ssh_options(). The server must show the host
    // keys of first contact, which are recorded if this is it.
    [[nodiscard]] Result<RunDirectory> prepare(const SshTarget& target,
                                               const std::stop_token& stop) const;
    // The server was reinstalled: it has new host keys.
    [[nodiscard]] Result<void> forget_host(const std::string& server_id) const;

private:
    [[nodiscard]] Result<std::vector<std::string>> pinned_keys(const SshTarget& target,
                                                               const std::stop_token& stop) const;

    std::string directory_;
    Database& db_;
    const Vault& vault_;
    const contracts::Clock& clock_;
};

}  // namespace control::ssh

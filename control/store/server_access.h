// Access to servers: the host keys that a server showed at first contact, its first password and
// the installation's key pair. Secrets are sealed; control/provision creates and opens them.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>

namespace control::server_access {

// Lines as written by `ssh-keyscan`, without the host; empty: it was never reached.
[[nodiscard]] Result<std::string> host_keys(Queries& db, const std::string& server_id);
// An empty text erases them.
[[nodiscard]] Result<void> set_host_keys(Queries& db, const std::string& server_id,
                                         const std::string& keys);

// Sealed; empty: there is none.
[[nodiscard]] Result<std::string> password(Queries& db, const std::string& server_id);
[[nodiscard]] Result<void> set_password(Queries& db, const std::string& server_id,
                                        const std::string& sealed);

struct KeyPair {
    std::string public_key;   // one line
    std::string private_key;  // sealed
};
[[nodiscard]] Result<std::optional<KeyPair>> find_key(Queries& db, const std::string& name);
// An existing key stays.
[[nodiscard]] Result<void> keep_key(Queries& db, const std::string& name, const KeyPair& key,
                                    contracts::Timestamp now);

}  // namespace control::server_access

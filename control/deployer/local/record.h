// What is known of a deployment on disk: which version is the one that serves. Written when it has
// answered, and before the version before it goes.
#pragma once

#include "contracts/base/json.h"
#include "control/deployer/local/host.h"

#include <string>
#include <vector>

namespace control::deployer {

struct Record {
    VersionName name;
    std::string commit;
    std::string health;
    std::string address;
    std::uint16_t port = 0;
    std::uint16_t inner_port = 0;
    std::string url;
    std::string salt;
    std::string fingerprint;           // of all that was asked for
    std::vector<std::string> secrets;  // their names
};

// None there: `not_found`.
[[nodiscard]] contracts::Result<Record> read_record(const std::string& directory);
[[nodiscard]] contracts::Result<void> write_record(const std::string& directory,
                                                   const Record& record);

// The same for the same specification. The salt keeps a short secret from being guessed by it.
[[nodiscard]] std::string fingerprint_of(const DeploymentSpec& spec, const std::string& salt);

}  // namespace control::deployer

// What is recorded on disk about a deployment: above all, which version serves. Written once that
// version has answered, and before the previous one is removed.
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
    std::string fingerprint;           // of everything in the specification
    std::vector<std::string> secrets;  // their names
};

// Fails with `not_found` if there is no record.
[[nodiscard]] contracts::Result<Record> read_record(const std::string& directory);
[[nodiscard]] contracts::Result<void> write_record(const std::string& directory,
                                                   const Record& record);

// Equal for equal specifications. The salt keeps short secrets from being guessed from it.
[[nodiscard]] std::string fingerprint_of(const DeploymentSpec& spec, const std::string& salt);

}  // namespace control::deployer

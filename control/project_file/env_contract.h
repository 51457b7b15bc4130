// Declares where each variable of a project's environment comes from: the project's files
// `env.contract.yaml`, one per part of the project, which are combined.
//
//   version: "1"
//   owner: mailer
//   entries:
//     SMTP_KEY: {source: user_secret, environments: [production], consumers: [mailer],
//                required: true, description: key of the mail provider}
//
// Failure: `invalid` with line and column; the fault is the author's. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace control {

inline constexpr std::string_view kEnvContractName = "env.contract.yaml";
inline constexpr std::size_t kMaxEnvContract = 64 << 10;  // bytes, per file
inline constexpr std::size_t kMaxEnvContracts = 32;       // files in a project
inline constexpr std::size_t kMaxContractEntries = 500;   // in all files together

enum class VariableProvider {
    user_secret,       // set by the user
    generated_secret,  // created by the platform once, and kept
    allocation,        // assigned by the platform: a port
    derived,           // computed by the platform from the deployment
    literal,           // given in the file
};

struct ContractEntry {
    VariableProvider source = VariableProvider::literal;
    bool in_production = false;
    bool required = true;
    std::string value{};        // for a literal; booleans in lower case
    std::string description{};  // for a secret that the user sets
    std::string selector{};     // for an allocation: the service or resource that gets the port
    std::vector<std::string> environments{};
    std::vector<std::string> consumers{};
    friend bool operator==(const ContractEntry&, const ContractEntry&) = default;
};

using EnvContract = std::map<std::string, ContractEntry>;

[[nodiscard]] contracts::Result<EnvContract> read_env_contract(std::string_view text);

// Adds the declarations of one file. Repeating one is fine; a different declaration of the same
// name is `invalid`, field: the name.
[[nodiscard]] contracts::Result<void> add_to_contract(EnvContract& all, const EnvContract& more);

}  // namespace control

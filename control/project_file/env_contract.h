// Who provides which variable of a project's environment: its files `env.contract.yaml`, one a
// part of the project, which together say everything.
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
inline constexpr std::size_t kMaxEnvContract = 64 << 10;  // bytes, of each file
inline constexpr std::size_t kMaxEnvContracts = 32;       // files of a project
inline constexpr std::size_t kMaxContractEntries = 500;   // of all of them

enum class VariableProvider {
    user_secret,       // the user
    generated_secret,  // the platform, made once and kept
    allocation,        // the platform: a port
    derived,           // the platform, from what it knows of the deployment
    literal,           // the file itself
};

struct ContractEntry {
    VariableProvider source = VariableProvider::literal;
    bool in_production = false;
    bool required = true;
    std::string value{};        // of a literal; booleans in lower case
    std::string description{};  // of a secret that the user gives
    std::string selector{};     // of an allocation: the service or resource whose port it is
    std::vector<std::string> environments{};
    std::vector<std::string> consumers{};
    friend bool operator==(const ContractEntry&, const ContractEntry&) = default;
};

using EnvContract = std::map<std::string, ContractEntry>;

[[nodiscard]] contracts::Result<EnvContract> read_env_contract(std::string_view text);

// Adds what one file declares. The same again is fine; another declaration of the same name is
// `invalid`, field: the name.
[[nodiscard]] contracts::Result<void> add_to_contract(EnvContract& all, const EnvContract& more);

}  // namespace control

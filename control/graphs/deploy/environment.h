// What a deployed project finds in its environment, decided by rules from its `.env.example` and
// what is stored for it:
//
//   stored      somebody has set it, or it was generated before: that value, whatever the rest says
//   given       the platform knows it: PORT, APP_ENV, the public URL, the project's name
//   generated   passwords and keys of the project's own: made once and kept
//   derived     refers to others as ${NAME}, or is a database URL that repeats POSTGRES_PASSWORD
//   literal     a value that is written there and is not a placeholder
//   asked for   all others, unless a comment on the line or above it says "optional"
#pragma once

#include "contracts/base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace control::graphs {

enum class VariableSource { given, generated, derived, literal, user };

struct Variable {
    std::string name;
    std::string example;  // as it is written there
    bool optional = false;
    VariableSource source = VariableSource::user;
};

// The lines that are not understood are left out: a shell's own file may have more than we read.
[[nodiscard]] std::vector<Variable> read_env_example(std::string_view text);

// What the platform knows of a deployment.
struct DeployFacts {
    std::string project_name;
    std::string url;
    std::int64_t port = 0;
};

struct Environment {
    std::map<std::string, std::string> plain;
    std::map<std::string, std::string> secrets;  // stored, generated, and what is derived of them
    std::vector<std::string> to_generate;        // names that nothing is stored for yet
    std::vector<std::string> missing;            // names that the user must give
};

// `stored`: values by name. Complete when nothing is to be generated and nothing is missing.
[[nodiscard]] Environment resolve(const std::vector<Variable>& variables,
                                  const std::map<std::string, std::string>& stored,
                                  const DeployFacts& facts);

// 32 characters of A-Z a-z 0-9 - _, which fit into a URL as they are.
[[nodiscard]] std::string generate_secret();

}  // namespace control::graphs

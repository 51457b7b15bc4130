// The environment of a deployed project, decided by rules from its `.env.example` and from the
// values stored for it:
//
//   stored      set by somebody, or generated before: this value wins over the other rules
//   given       known to the platform: PORT, APP_ENV, the public URL, the project's name
//   generated   passwords and keys of the project's own: generated once and kept
//   derived     refers to others as ${NAME}, or is a database URL that repeats POSTGRES_PASSWORD
//   literal     the example itself, unless it is a placeholder
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
    std::string example;  // the value in the file
    bool optional = false;
    VariableSource source = VariableSource::user;
};

// Skips lines that it does not understand: such a file may use more of the shell's syntax.
[[nodiscard]] std::vector<Variable> read_env_example(std::string_view text);

// What the platform knows about a deployment.
struct DeployFacts {
    std::string project_name;
    std::string url;
    std::int64_t port = 0;
};

struct Environment {
    std::map<std::string, std::string> plain;
    std::map<std::string, std::string> secrets;  // stored values, and values derived from them
    std::vector<std::string> to_generate;        // names that have no stored value yet
    std::vector<std::string> missing;            // names that the user must give
};

// `stored`: values by name. Complete once `to_generate` and `missing` are empty.
[[nodiscard]] Environment resolve(const std::vector<Variable>& variables,
                                  const std::map<std::string, std::string>& stored,
                                  const DeployFacts& facts);

// 32 characters of A-Z a-z 0-9 - _, which fit into a URL as they are.
[[nodiscard]] std::string generate_secret();

}  // namespace control::graphs

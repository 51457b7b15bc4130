#include "control/roles.h"

#include "control/wiring/wiring.h"

#include <array>

namespace control {

namespace {

constexpr RoleEntry kRoles[] = {
    {"api", "serves the REST API", {.network = true}, wiring::api},
    {"workers",
     "runs workers and reports their ends",
     {.forge = true, .runtime = true},
     wiring::workers},
    {"graphs", "moves tasks along their graphs", {.forge = true}, wiring::graphs},
    {"chat", "lets each user talk with a Product Owner of their own", {}, wiring::chat},
    {"scaffolder", "creates new projects from a template", {.forge = true}, wiring::scaffolder},
    {"deployer", "deploys finished projects", {.forge = true, .runtime = true}, wiring::deployer},
    {"infra", "sets servers up, over ssh", {}, wiring::infra},
    {"scheduler",
     "runs periodic tasks, on one daemon at a time",
     {.forge = true},
     wiring::scheduler},
    {"web", "serves the web page", {.network = true}, wiring::web},
};

constexpr auto kNames = [] {
    std::array<std::string_view, std::size(kRoles)> names;
    for (std::size_t i = 0; i < names.size(); ++i)
        names[i] = kRoles[i].name;
    return names;
}();

}  // namespace

std::span<const RoleEntry> role_table() {
    return kRoles;
}

std::span<const std::string_view> role_names() {
    return kNames;
}

}  // namespace control

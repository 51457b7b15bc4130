#include "control/demo/requirements.h"

#include "control/subprocess/subprocess.h"
#include "control/templates/templates.h"

#include <cstdlib>

namespace control::demo {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

struct Requirement {
    std::string_view program;
    std::string_view package;  // its name in Debian
};

constexpr Requirement kRequirements[] = {
    {"git", "git"},  // for repositories
    {"redis-server", "redis-server"},
    {"python3", "python3"},     // for the project that the demo builds
    {"tar", "tar"},             // unpacks deployments
    {"setpriv", "util-linux"},  // runs programs as other users
};

}  // namespace

Result<void> check_requirements(std::string_view path) {
    std::string missing, packages;
    for (const Requirement& needed : kRequirements) {
        if (find_program(std::string(needed.program), path)) continue;
        missing.append(missing.empty() ? "" : ", ").append(needed.program);
        packages.append(" ").append(needed.package);
    }
    if (missing.empty()) return {};
    return fail(ErrorKind::not_found, "the demo needs " + missing, {},
                "install what is missing: apt-get install" + packages);
}

std::string find_copier() {
    const char* named = std::getenv("COPIER");
    std::string program = named != nullptr && *named != '\0' ? named : TemplateSettings().copier;
    return check_copier(program) ? program : std::string();
}

}  // namespace control::demo

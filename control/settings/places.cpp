#include "control/settings/places.h"

#include "control/settings/shapes.h"

#include <unistd.h>

namespace control {

using contracts::Environment;

namespace {

// The first readable candidate; if none is readable, the last one, which the error of whoever needs
// it will name.
std::string first_readable(std::initializer_list<std::string> candidates) {
    for (const std::string& candidate : candidates)
        if (::access(candidate.c_str(), R_OK) == 0) return candidate;
    return *(candidates.end() - 1);
}

}  // namespace

void read(Environment& environment, PlaceSettings& settings, const std::string& program_directory) {
    settings.data_directory = environment.text("DATA_DIR", "/var/lib/orchestrator");
    check_absolute(environment, "DATA_DIR", settings.data_directory);
    while (settings.data_directory.size() > 1 && settings.data_directory.ends_with('/'))
        settings.data_directory.pop_back();
    settings.bin_directory = environment.text(
        "WORKER_BIN_DIR", first_readable({program_directory + "/../../release/bin",
                                          program_directory + "/worker", program_directory}));
    settings.agents_directory = environment.text("AGENTS_DIR", settings.data_directory + "/agents");
}

}  // namespace control

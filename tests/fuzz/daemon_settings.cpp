// The environment of the daemon.
#include "control/settings/settings.h"
#include "tests/fuzz/environment.h"

using fuzz::require;

namespace {

constexpr std::string_view kRoles[] = {"api", "workers", "graphs"};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::EnvironmentBlock block(fuzz::text_of(data, size));
    const auto settings = control::read_settings(
        contracts::Environment([&](const std::string& name) { return block.find(name); }),
        "/nonexistent", kRoles);
    if (!settings) {
        require(settings.error().kind == contracts::ErrorKind::fatal, "a fault is fatal");
        require(!settings.error().message.empty(), "a fault is named");
        return 0;
    }
    require(settings->places.data_directory.starts_with('/'), "the data directory is absolute");
    require(!settings->roles.empty(), "a daemon has a role");
    require(settings->workers.at_once >= 1 && settings->workers.at_once <= 1000,
            "workers are bounded");
    require(settings->workers.cpus > 0 && settings->workers.memory_mb >= 64, "limits are limits");
    require(settings->workers.creation_timeout >= std::chrono::seconds(1), "creation has its time");
    for (const auto* keys : {&settings->models.anthropic, &settings->models.openai})
        for (const control::ModelKey& one : *keys)
            require(one.upstream.starts_with("http") && !one.key.empty(),
                    "a model is behind HTTP and a key");
    require(settings->engineering.rounds >= 1, "a developer has a round");
    require(settings->engineering.crash_wait >= std::chrono::seconds(1), "a wait is a wait");
    return 0;
}

// The environment of the daemon.
#include "control/settings/settings.h"
#include "tests/fuzz/environment.h"

using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::EnvironmentBlock block(fuzz::text_of(data, size));
    const auto settings = control::read_settings(
        contracts::Environment([&](const std::string& name) { return block.find(name); }),
        "/nonexistent");
    if (!settings) {
        require(settings.error().kind == contracts::ErrorKind::fatal, "a fault is fatal");
        require(!settings.error().message.empty(), "a fault is named");
        return 0;
    }
    require(settings->data_directory.starts_with('/'), "the data directory is absolute");
    require(!settings->roles.empty(), "a daemon has a role");
    require(settings->max_workers >= 1 && settings->max_workers <= 1000, "workers are bounded");
    require(settings->worker_cpus > 0 && settings->worker_memory_mb >= 64, "limits are limits");
    require(settings->creation_timeout >= std::chrono::seconds(1), "creation has its time");
    require(settings->model_upstream.starts_with("http"), "the model is behind HTTP");
    require(settings->openai_upstream.starts_with("http"), "the other model is behind HTTP");
    return 0;
}

#include "control/settings/workers.h"

#include "contracts/messages/packages.h"
#include "control/settings/shapes.h"

#include <algorithm>
#include <sstream>

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

namespace {

// Less could be a restart, or a machine that was suspended.
constexpr std::chrono::seconds kLeastGoneAfter{300};

void read_docker_host(Environment& environment, RuntimeSettings& settings) {
    constexpr std::string_view kUnix = "unix://";
    const std::string host = environment.text("DOCKER_HOST", "unix:///var/run/docker.sock");
    if (host.starts_with(kUnix))
        settings.docker_socket = host.substr(kUnix.size());
    else if (host.starts_with('/'))
        settings.docker_socket = host;
    else
        environment.fault("DOCKER_HOST", "must be unix:///path, not \"" + host + "\"");
}

// Without a slash at the end, because they are compared.
void read_host_sessions(Environment& environment, WorkerSettings& settings) {
    constexpr const char* kName = "HOST_SESSION_DIRS";
    for (std::string path : split_list(environment.text(kName, ""))) {
        while (path.size() > 1 && path.ends_with('/'))
            path.pop_back();
        if (!path.starts_with('/') || path.size() < 2)
            return environment.fault(
                kName, "must be absolute paths, separated by commas, not \"" + path + "\"");
        settings.host_sessions.push_back(std::move(path));
    }
}

void read_toolchains(Environment& environment, RuntimeSettings& settings) {
    std::map<std::string, std::string> texts;
    read_variables(environment, "TOOLCHAINS", texts);
    for (const auto& [name, text] : texts) {
        std::istringstream words(text);
        std::vector<std::string> packages;
        for (std::string word; words >> word;)
            packages.push_back(word);
        if (!contracts::is_package(name) || name.starts_with(contracts::kAptPrefix) ||
            packages.empty() || !std::ranges::all_of(packages, contracts::is_debian_name))
            return environment.fault("TOOLCHAINS",
                                     R"(must have names and packages of Debian, such as )"
                                     R"({"ruby":"ruby-full ruby-bundler"}; not so: ")" +
                                         name + '"');
        settings.toolchains[name] = std::move(packages);
    }
}

}  // namespace

void read(Environment& environment, RuntimeSettings& settings) {
    read_choice(environment, "RUNTIME", settings.choice);
    read_docker_host(environment, settings);
    read(environment, settings.cluster, settings.choice == RuntimeChoice::kubernetes);
    settings.base_image = environment.text("BASE_IMAGE", "debian:bookworm");
    settings.build_network = environment.text("BUILD_NETWORK", "");
    settings.build_ca_file = environment.text("BUILD_CA_FILE", "");
    settings.build_apt_sources = environment.text("BUILD_APT_SOURCES", "");
    read_toolchains(environment, settings);
}

void read_quota(Environment& environment, WorkerSettings& settings) {
    settings.at_once = environment.number("MAX_CONCURRENT_WORKERS", settings.at_once, 1, 1000);
    settings.of_user = environment.number("MAX_WORKERS_PER_USER", settings.of_user, 0, 1000);
}

void read(Environment& environment, WorkerSettings& settings) {
    read_quota(environment, settings);
    settings.creation_timeout =
        environment.seconds("WORKER_CREATION_TIMEOUT", settings.creation_timeout, 1s, 24h);
    settings.gone_after = environment.seconds("DAEMON_GONE_AFTER", settings.gone_after, 0s, 8760h);
    if (settings.gone_after > 0s && settings.gone_after < kLeastGoneAfter)
        environment.fault("DAEMON_GONE_AFTER", "must be 0 (never) or at least 300 seconds");
    settings.first_uid = static_cast<std::uint32_t>(
        environment.number("WORKER_FIRST_UID", settings.first_uid, 1'000, 2'000'000'000));
    settings.memory_mb = environment.number("WORKER_MEMORY_MB", settings.memory_mb, 64, 1 << 20);
    settings.cpus =
        static_cast<double>(environment.number("WORKER_CPU_PERCENT", 50, 5, 100'000)) / 100;
    settings.pids = environment.number("WORKER_PIDS", settings.pids, 32, 100'000);
    settings.disk_mb = environment.number("WORKER_DISK_MB", settings.disk_mb, 0, 1 << 30);
    settings.limits_times = environment.number("WORKER_LIMITS_TIMES", settings.limits_times, 1, 64);
    read_host_sessions(environment, settings);
    settings.pause_after =
        environment.seconds("WORKER_PAUSE_AFTER", settings.pause_after, 0s, 8760h);
    settings.stop_after = environment.seconds("WORKER_STOP_AFTER", settings.stop_after, 0s, 8760h);
    settings.pulse_patience =
        environment.seconds("WORKER_PULSE_PATIENCE", settings.pulse_patience, 0s, 24h);
    // A heartbeat lasts half a minute.
    if (settings.pulse_patience > 0s && settings.pulse_patience < 60s)
        environment.fault("WORKER_PULSE_PATIENCE", "must be 0 or at least 60");
}

}  // namespace control

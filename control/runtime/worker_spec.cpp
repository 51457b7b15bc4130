#include "control/runtime/worker_spec.h"

#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::int64_t kLeastMemory = 32 << 20;
constexpr std::int64_t kMostMemory = std::int64_t{1} << 40;
constexpr std::int64_t kLeastPids = 16;
constexpr std::int64_t kMostPids = 32768;
constexpr double kLeastCpus = 0.05;
constexpr double kMostCpus = 1024;

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_environment_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
           std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}

bool is_label(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

// Absolute, without "." and "..", and not the root, so that exactly the intended path is mounted.
bool is_plain_path(std::string_view path) {
    if (path.size() < 2 || path[0] != '/' || path.find('\0') != std::string_view::npos)
        return false;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view part = path.substr(0, path.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        path.remove_prefix(part.size());
    }
    return true;
}

bool is_optional(std::string_view directory) {
    return directory == "directories.temporary" || directory == "directories.accounts";
}

Result<void> check_directories(const WorkerDirectories& directories) {
    const std::pair<std::string_view, const std::string&> all[] = {
        {"directories.control", directories.control},
        {"directories.state", directories.state},
        {"directories.home", directories.home},
        {"directories.workspace", directories.workspace},
        {"directories.temporary", directories.temporary},
        {"directories.accounts", directories.accounts},
    };
    for (const auto& [name, path] : all)
        if (!is_plain_path(path) && !(path.empty() && is_optional(name)))
            return fail(ErrorKind::invalid, "is not the absolute path of a directory",
                        std::string(name));
    return {};
}

Result<void> check_limits(const WorkerLimits& limits) {
    if (limits.memory_bytes < kLeastMemory || limits.memory_bytes > kMostMemory)
        return fail(ErrorKind::invalid, "must lie between 32 MiB and 1 TiB", "limits.memory_bytes");
    if (!(limits.cpus >= kLeastCpus && limits.cpus <= kMostCpus))
        return fail(ErrorKind::invalid, "must lie between 0.05 and 1024", "limits.cpus");
    if (limits.pids < kLeastPids || limits.pids > kMostPids)
        return fail(ErrorKind::invalid, "must lie between 16 and 32768", "limits.pids");
    return {};
}

}  // namespace

bool is_worker_id(std::string_view text) {
    return !text.empty() && text.size() <= 63 && is_alnum(text[0]) &&
           std::ranges::all_of(
               text, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool lies_below(std::string_view path, std::string_view directory) {
    while (directory.size() > 1 && directory.back() == '/')
        directory.remove_suffix(1);
    return path.size() > directory.size() + 1 && path.starts_with(directory) &&
           path[directory.size()] == '/';
}

Result<void> check_worker_spec(const WorkerSpec& spec) {
    if (!is_worker_id(spec.worker_id))
        return fail(ErrorKind::invalid, "is not a valid worker id", "worker_id");
    if (spec.uid == 0 || spec.uid == static_cast<std::uint32_t>(-1))
        return fail(ErrorKind::invalid, "must not be root's", "uid");
    for (const auto& [name, value] : spec.environment)
        if (!is_environment_name(name) || value.find('\0') != std::string::npos)
            return fail(ErrorKind::invalid, "is not a valid environment variable",
                        "environment." + name);
    for (const auto& [key, value] : spec.labels)
        if (!is_label(key))
            return fail(ErrorKind::invalid, "is not a valid label", "labels." + key);
    if (spec.stop_grace.count() < 0 || spec.stop_grace > std::chrono::hours(1))
        return fail(ErrorKind::invalid, "must lie between 0 s and 1 h", "stop_grace");
    for (const ServiceSpec& service : spec.services)
        if (!is_label(service.name) || service.image.empty() || service.image[0] == '-')
            return fail(ErrorKind::invalid, "must have a name and an image",
                        "services." + service.name);
    if (auto checked = check_directories(spec.directories); !checked) return checked;
    return check_limits(spec.limits);
}

std::map<std::string, std::string> worker_environment(const WorkerSpec& spec,
                                                      const WorkerPlaces& places) {
    std::map<std::string, std::string> all = spec.environment;
    all["CONTROL_DIR"] = places.control;
    all["STATE_DIR"] = places.state;
    all["WORKSPACE_DIR"] = places.workspace;
    all["AGENT_HOME"] = places.home;
    if (!places.temporary.empty()) all["TMPDIR"] = places.temporary;
    all["ORCHESTRATOR_SOCKET"] = places.agent_socket;
    all["ORCHESTRATOR_BIN"] = places.bin;
    all["REDIS_URL"] = "unix://" + places.control + "/bus.sock";
    all["API_URL"] = "unix://" + places.control + "/api.sock";
    all["AGENT_UID"] = std::to_string(spec.uid);
    all["RELAY_PORTS"] = places.own_loopback ? "fixed" : "any";
    return all;
}

}  // namespace control

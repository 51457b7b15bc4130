#include "control/runtime/process/instance.h"

#include "control/runtime/process/proc_stat.h"

#include "contracts/base/json.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>

namespace control::process {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kMostRead = 1 << 20;
constexpr std::string_view kFiles[] = {"launch.json", "instance.json", "exit.json",      "log",
                                       "log.1",       "new",           "run/agent.sock", "keep"};

Result<std::string> read_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return fail(system_error(errno, "open " + path));
    std::string text;
    char buffer[4096];
    while (text.size() < kMostRead) {
        const ssize_t size = ::read(fd.get(), buffer, sizeof buffer);
        if (size < 0) return fail(system_error(errno, "read " + path));
        if (size == 0) break;
        text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
}

Result<void> write_all(const UniqueFd& fd, std::string_view text, const std::string& path) {
    if (!contracts::write_all(fd.get(), text)) return fail(system_error(errno, "write " + path));
    return {};
}

// Written completely or not at all: a reader never sees a part of it.
Result<void> replace_file(const InstanceFiles& files, std::string_view name, const Json& content) {
    const std::string fresh = files.path("new");
    const std::string path = files.path(name);
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) return fail(system_error(errno, "open " + fresh));
    if (auto written = write_all(fd, contracts::dump_json(content), fresh); !written)
        return written;
    if (::rename(fresh.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, "rename to " + path));
    return {};
}

Result<Json> read_json(const InstanceFiles& files, std::string_view name) {
    const auto text = read_file(files.path(name));
    if (!text) return text.fault();
    return contracts::parse_json(*text);
}

// Runs `read`, which may throw on a document that we did not write.
template <class T, class Read>
Result<T> interpret(const InstanceFiles& files, std::string_view name, Read read) {
    const auto json = read_json(files, name);
    if (!json) return json.fault();
    try {
        return read(*json);
    } catch (const Json::exception&) {
        return fail(ErrorKind::invalid, files.path(name) + " was not written by a launch");
    }
}

std::optional<std::uint64_t> start_of(pid_t pid, bool zombie_too) {
    const auto stat = proc_stat(pid);
    if (!stat || (!zombie_too && stat->is_dead())) return std::nullopt;
    return stat->start_time;
}

std::string boot_id() {
    return read_file("/proc/sys/kernel/random/boot_id").value_or("");
}

}  // namespace

Result<Identity> Identity::of(pid_t pid) {
    const auto ticks = start_of(pid, true);
    if (!ticks) return fail(ErrorKind::not_found, "no process " + std::to_string(pid));
    return Identity{pid, *ticks, boot_id()};
}

bool Identity::alive() const {
    const auto ticks = start_of(pid, false);
    return ticks && *ticks == start_time && boot == boot_id();
}

UniqueFd Identity::open() const {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // Checked only now, because the descriptor's process cannot change any more.
    if (fd.valid() && !alive()) fd.reset();
    return fd;
}

std::string Instance::id() const {
    return "process:" + worker_id + ":" + std::to_string(supervisor.pid) + ":" +
           std::to_string(supervisor.start_time);
}

std::string InstanceFiles::path(std::string_view name) const {
    return directory_ + "/" + std::string(name);
}

Result<void> InstanceFiles::make() const {
    if (::mkdir(directory_.c_str(), 0711) != 0)
        return fail(system_error(errno, "make " + directory_));
    const std::string run = path("run");
    // The agent must be able to pass through here, whatever our umask is.
    if (::mkdir(run.c_str(), 0755) != 0 || ::chmod(run.c_str(), 0755) != 0 ||
        ::chmod(directory_.c_str(), 0711) != 0)
        return fail(system_error(errno, "make " + run));
    return {};
}

Result<void> InstanceFiles::write(const Launch& launch) const {
    return replace_file(*this, "launch.json",
                        {{"owner", launch.owner},
                         {"worker_id", launch.worker_id},
                         {"program", launch.program},
                         {"directory", launch.directory},
                         {"environment", launch.environment},
                         {"uid", launch.uid},
                         {"arguments", launch.arguments},
                         {"service", launch.service},
                         {"pids", launch.pids}});
}

Result<Launch> InstanceFiles::launch() const {
    return interpret<Launch>(*this, "launch.json", [](const Json& json) {
        return Launch{json.at("owner").get<std::string>(),
                      json.at("worker_id").get<std::string>(),
                      json.at("program").get<std::string>(),
                      json.at("directory").get<std::string>(),
                      json.at("environment").get<std::vector<std::string>>(),
                      json.at("uid").get<std::uint32_t>(),
                      json.value("arguments", std::vector<std::string>{}),
                      json.value("service", false),
                      json.value("pids", std::int64_t{0})};
    });
}

Result<void> InstanceFiles::write(const Instance& instance) const {
    return replace_file(*this, "instance.json",
                        {{"owner", instance.owner},
                         {"worker_id", instance.worker_id},
                         {"pid", instance.supervisor.pid},
                         {"start_time", instance.supervisor.start_time},
                         {"boot", instance.supervisor.boot}});
}

Result<Instance> InstanceFiles::instance() const {
    return interpret<Instance>(*this, "instance.json", [](const Json& json) {
        return Instance{json.at("owner").get<std::string>(),
                        json.at("worker_id").get<std::string>(),
                        {json.at("pid").get<pid_t>(), json.at("start_time").get<std::uint64_t>(),
                         json.at("boot").get<std::string>()}};
    });
}

Result<void> InstanceFiles::write(const Exit& exit) const {
    return replace_file(*this, "exit.json",
                        {{"exit_code", exit.exit_code},
                         {"finished_at", contracts::format_timestamp(exit.finished_at)}});
}

std::optional<Exit> InstanceFiles::exit() const {
    const auto read = interpret<Exit>(*this, "exit.json", [](const Json& json) {
        const auto time = contracts::parse_timestamp(json.at("finished_at").get<std::string>());
        return Exit{json.at("exit_code").get<int>(), time.value_or(contracts::Timestamp{})};
    });
    return read ? std::optional(*read) : std::nullopt;
}

Result<void> InstanceFiles::keep() const {
    return replace_file(*this, "keep", Json::object());
}

bool InstanceFiles::is_kept() const {
    return ::access(path("keep").c_str(), F_OK) == 0;
}

Result<void> InstanceFiles::remove() const {
    for (const std::string_view name : kFiles)
        ::unlink(path(name).c_str());
    ::rmdir(path("run").c_str());
    if (::rmdir(directory_.c_str()) != 0 && errno != ENOENT)
        return fail(system_error(errno, "remove " + directory_));
    return {};
}

}  // namespace control::process

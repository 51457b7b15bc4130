#include "control/deployer/local/hosts.h"
#include "control/http/listening_socket.h"
#include "control/runtime/process/bounded_log.h"
#include "control/runtime/process/instance.h"
#include "control/runtime/process/supervisor.h"
#include "control/subprocess/subprocess.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;
using process::InstanceFiles;
using process::Launch;

namespace {

constexpr std::chrono::seconds kStartDeadline{60};
constexpr std::chrono::seconds kGrace{10};
constexpr std::chrono::minutes kUnpackDeadline{5};
constexpr std::size_t kMostSetupOutput = 64 << 10;

bool is_root() {
    return ::geteuid() == 0;
}

std::optional<unsigned> user_to_be(const DeploymentSpec& spec) {
    return is_root() ? std::optional<unsigned>(user_of(spec)) : std::nullopt;
}

void signal_and_wait(const UniqueFd& process, int signal, std::chrono::milliseconds limit) {
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
    pollfd ended{process.get(), POLLIN, 0};
    ::poll(&ended, 1, static_cast<int>(limit.count()));
}

class ProcessHost final : public Host {
public:
    ProcessHost(const LocalDeployerSettings& settings, ProcessDeployerSettings process,
                Forge& forge)
        : settings_(settings), process_(std::move(process)), forge_(forge) {}

    std::string_view name() const override { return "process"; }
    Result<std::optional<DeployFault>> build(const VersionName& name, const DeploymentSpec& spec,
                                             std::stop_token stop) override;
    Result<std::uint16_t> inner_port(const DeploymentSpec& spec) override;
    Result<void> start(const VersionName& name, const DeploymentSpec& spec,
                       std::uint16_t port) override;
    Result<void> keep(const VersionName& name) override { return files_of(name).keep(); }
    Result<void> revive(const VersionName& name) override;
    Result<Life> look(const VersionName& name) override;
    Result<Target> target(const VersionName& name, std::uint16_t port) override;
    Result<std::string> tail(const VersionName& name, std::size_t bytes) override;
    Result<std::vector<std::string>> environment(const VersionName& name) override;
    Result<void> remove(const VersionName& name) override;
    Result<void> forget(const std::string&) override { return {}; }
    Result<std::vector<VersionName>> list() override;

private:
    [[nodiscard]] std::string app(const VersionName& name) const {
        return directory_of(settings_, name) + "/app";
    }
    [[nodiscard]] InstanceFiles files_of(const VersionName& name) const {
        return InstanceFiles(directory_of(settings_, name) + "/instance");
    }
    [[nodiscard]] std::string path() const;
    Result<void> unpack(const VersionName& name, const DeploymentSpec& spec) const;
    Result<void> supervise(const InstanceFiles& files) const;

    const LocalDeployerSettings settings_;
    ProcessDeployerSettings process_;
    Forge& forge_;
};

std::string ProcessHost::path() const {
    if (!process_.path.empty()) return process_.path;
    const char* ours = std::getenv("PATH");
    return ours != nullptr ? ours : "/usr/local/bin:/usr/bin:/bin";
}

// Unpacks as the project's own user, so that the archive's files are written with the same rights
// that the project will have.
Result<void> ProcessHost::unpack(const VersionName& name, const DeploymentSpec& spec) const {
    const std::string directory = directory_of(settings_, name);
    const std::string archive = directory + "/files.tar";
    if (auto made = make_open_directory(app(name)); !made) return made;
    if (auto written = forge_.archive(spec.repository, spec.commit, "", archive); !written)
        return written;
    const auto user = user_to_be(spec);
    if (user && (::chown(app(name).c_str(), *user, *user) != 0 ||
                 ::chown(archive.c_str(), *user, *user) != 0))
        return fail(system_error(errno, "give the files to the project's user"));
    const auto end = run_subprocess({.argv = {"tar", "-x", "--no-same-owner", "-f", archive},
                                     .directory = app(name),
                                     .deadline = kUnpackDeadline,
                                     .uid = user});
    ::unlink(archive.c_str());
    if (!end) return end.fault();
    if (end->success()) return {};
    return fail(ErrorKind::transient,
                "unpack " + spec.commit + ": " + end->error_output.substr(0, 500));
}

Result<std::optional<DeployFault>> ProcessHost::build(const VersionName& name,
                                                      const DeploymentSpec& spec,
                                                      std::stop_token stop) {
    if (auto unpacked = unpack(name, spec); !unpacked) return unpacked.fault();
    if (spec.setup.empty()) return std::nullopt;
    const auto end = run_subprocess({.argv = {"/bin/sh", "-c", spec.setup},
                                     .environment = {"PATH=" + path(), "HOME=" + app(name)},
                                     .directory = app(name),
                                     .deadline = process_.setup_timeout,
                                     .max_output = kMostSetupOutput,
                                     .uid = user_to_be(spec)},
                                    std::move(stop));
    if (end && end->success()) return std::nullopt;
    if (!end && end.error().kind != ErrorKind::timed_out) return end.fault();
    DeployFault fault{.kind = DeployFault::Kind::build_failed, .message = {}, .log = {}};
    fault.message =
        end ? "the project's setup ended with exit code " + std::to_string(end->exit_code)
            : "the project's setup did not end within " +
                  std::to_string(process_.setup_timeout.count() / 1000) + " s";
    if (end) fault.log = end->output + end->error_output;
    return fault;
}

// In a network of its own the project can use the public port number, so that its log shows that.
// Otherwise it gets any free port.
Result<std::uint16_t> ProcessHost::inner_port(const DeploymentSpec& spec) {
    if (gets_network_of_its_own()) return spec.port;
    const auto any = listen_on_tcp("127.0.0.1", 0);
    if (!any) return any.fault();
    return bound_port(any->get());
}

Result<void> ProcessHost::supervise(const InstanceFiles& files) const {
    SubprocessSpec call;
    call.argv = process_.supervisor;
    call.argv.push_back(files.directory());
    call.deadline = kStartDeadline;
    const auto end = run_subprocess(call);
    if (!end) return end.fault();
    if (end->success()) return {};
    return fail(ErrorKind::transient, "start the project: " + end->error_output.substr(0, 500));
}

Result<void> ProcessHost::start(const VersionName& name, const DeploymentSpec& spec,
                                std::uint16_t port) {
    const InstanceFiles files = files_of(name);
    if (auto made = files.make(); !made) return made;
    Launch launch;
    launch.owner = settings_.owner;
    launch.worker_id = name.key;
    launch.program = "/bin/sh";
    launch.arguments = {"-c", spec.run};
    launch.directory = app(name);
    launch.uid = user_to_be(spec).value_or(0);
    launch.service = true;
    auto environment = full_environment(spec, port);
    environment.try_emplace("PATH", path());
    environment.try_emplace("LANG", "C.UTF-8");
    for (const auto& [variable, value] : environment)
        launch.environment.push_back(variable + "=" + value);
    if (auto written = files.write(launch); !written) return written;
    return supervise(files);
}

Result<void> ProcessHost::revive(const VersionName& name) {
    const auto life = look(name);
    if (!life) return life.fault();
    return life->running ? Result<void>() : supervise(files_of(name));
}

Result<Life> ProcessHost::look(const VersionName& name) {
    const InstanceFiles files = files_of(name);
    const auto instance = files.instance();
    if (!instance) return instance.fault();
    Life life{.running = instance->supervisor.alive()};
    if (life.running) return life;
    if (const auto exit = files.exit()) life.exit_code = exit->exit_code;
    return life;
}

Result<Target> ProcessHost::target(const VersionName& name, std::uint16_t port) {
    const auto instance = files_of(name).instance();
    if (!instance) return instance.fault();
    return Target{.id = name.key + "/" + name.version,
                  .pid = instance->supervisor.pid,
                  .start_time = instance->supervisor.start_time,
                  .boot = instance->supervisor.boot,
                  .port = port};
}

Result<std::string> ProcessHost::tail(const VersionName& name, std::size_t bytes) {
    const InstanceFiles files = files_of(name);
    return process::log_tail(files.path("log"), files.path("log.1"), bytes);
}

Result<std::vector<std::string>> ProcessHost::environment(const VersionName& name) {
    auto launch = files_of(name).launch();
    if (!launch) return launch.fault();
    return std::move(launch->environment);
}

Result<void> ProcessHost::remove(const VersionName& name) {
    if (const auto instance = files_of(name).instance()) {
        if (const UniqueFd supervisor = instance->supervisor.open(); supervisor.valid()) {
            signal_and_wait(supervisor, SIGTERM, kGrace);
            signal_and_wait(supervisor, SIGQUIT, kGrace);
        }
        if (instance->supervisor.alive())
            return fail(ErrorKind::transient,
                        "the version before of " + name.key + " cannot be ended");
    }
    return remove_directory(directory_of(settings_, name));
}

Result<std::vector<VersionName>> ProcessHost::list() {
    const auto names = [](const std::string& path) {
        std::vector<std::string> all;
        DIR* directory = ::opendir(path.c_str());
        while (const dirent* entry = directory != nullptr ? ::readdir(directory) : nullptr)
            if (entry->d_name[0] != '.') all.emplace_back(entry->d_name);
        if (directory != nullptr) ::closedir(directory);
        return all;
    };
    std::vector<VersionName> all;
    for (const std::string& key : names(settings_.directory))
        for (const std::string& version : names(directory_of(settings_, key) + "/versions"))
            all.push_back({key, version});
    return all;
}

}  // namespace

Result<std::unique_ptr<Host>> make_process_host(const LocalDeployerSettings& settings,
                                                ProcessDeployerSettings process, Forge& forge) {
    if (process.supervisor.empty())
        return fail(ErrorKind::invalid, "names no program", "supervisor");
    return std::make_unique<ProcessHost>(settings, std::move(process), forge);
}

}  // namespace control::deployer

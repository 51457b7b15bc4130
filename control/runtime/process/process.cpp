#include "control/runtime/process/process.h"

#include "control/runtime/process/bounded_log.h"
#include "control/runtime/process/instance.h"
#include "control/runtime/process/tree.h"
#include "control/runtime/process/watch.h"
#include "control/runtime/worker_spec.h"
#include "control/subprocess/subprocess.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <set>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;
using process::Bell;
using process::Found;
using process::Instance;
using process::InstanceFiles;
using process::Launch;

namespace {

constexpr std::chrono::seconds kStartDeadline{60};
constexpr std::chrono::seconds kSweepDeadline{20};
constexpr std::chrono::seconds kLastPatience{2};

// True when the process has ended within `limit`.
bool wait_for_end(const UniqueFd& process, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd ready{process.get(), POLLIN, 0};
        const int result = ::poll(&ready, 1, static_cast<int>(std::max(left.count(), 0L)));
        if (result > 0) return true;
        if (result == 0) return false;
        if (errno != EINTR) return false;
    }
}

void send(const UniqueFd& process, int signal) {
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

class ProcessRuntime final : public Runtime {
public:
    explicit ProcessRuntime(ProcessSettings settings) : settings_(std::move(settings)) {}

    std::string_view name() const override { return "process"; }
    bool isolates() const override { return false; }

    Result<std::string> launch(const WorkerSpec& spec) override;
    Result<WorkerInstance> inspect(const std::string& id) override;
    Result<std::vector<WorkerInstance>> list() override;
    Result<void> stop(const std::string& id, std::chrono::seconds grace) override;
    Result<void> kill(const std::string& id) override;
    Result<void> pause(const std::string& id) override;
    Result<void> resume(const std::string& id) override;
    Result<std::string> tail(const std::string& id, std::size_t bytes) override;
    Result<void> remove(const std::string& id) override;
    Result<void> watch(const std::function<void(const RuntimeEvent&)>& report,
                       std::stop_token stop) override;

    // Removes what an interrupted launch left before anything was started.
    Result<void> clear_unborn() const;

private:
    // Rung at each launch.
    class Listening;
    [[nodiscard]] InstanceFiles files_of(std::string_view worker_id) const;
    Result<Found> find(const std::string& id) const;
    [[nodiscard]] Result<std::vector<Found>> find_all() const;
    [[nodiscard]] Launch launch_of(const WorkerSpec& spec, const InstanceFiles& files) const;
    Result<std::string> supervise(const InstanceFiles& files) const;
    void undo_launch(const InstanceFiles& files) const;
    void sweep(const InstanceFiles& files) const;
    void ring_all();
    ProcessSettings settings_;
    std::mutex mutex_;
    std::set<const Bell*> watchers_;
};

class ProcessRuntime::Listening : public Bell {
public:
    explicit Listening(ProcessRuntime& runtime) : runtime_(runtime) {
        const std::lock_guard lock(runtime_.mutex_);
        runtime_.watchers_.insert(this);
    }
    ~Listening() {
        const std::lock_guard lock(runtime_.mutex_);
        runtime_.watchers_.erase(this);
    }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

private:
    ProcessRuntime& runtime_;
};

WorkerInstance state_of(const InstanceFiles& files, const Instance& instance) {
    WorkerInstance state;
    state.id = instance.id();
    state.worker_id = instance.worker_id;
    state.running = instance.supervisor.alive();
    state.paused = state.running && process::is_frozen(instance.supervisor.pid);
    if (state.running) return state;
    if (const auto exit = files.exit()) {
        state.exit_code = exit->exit_code;
        state.finished_at = exit->finished_at;
    }
    return state;
}

InstanceFiles ProcessRuntime::files_of(std::string_view worker_id) const {
    return InstanceFiles(settings_.instances_directory + "/" + std::string(worker_id));
}

Result<Found> ProcessRuntime::find(const std::string& id) const {
    constexpr std::string_view kPrefix = "process:";
    const std::size_t end = id.find(':', kPrefix.size());
    const std::string worker_id = id.starts_with(kPrefix) && end != std::string::npos
                                      ? id.substr(kPrefix.size(), end - kPrefix.size())
                                      : std::string();
    const Error gone{ErrorKind::not_found, "no instance " + id};
    if (!is_worker_id(worker_id)) return fail(gone);
    const InstanceFiles files = files_of(worker_id);
    auto instance = files.instance();
    if (!instance)
        return fail(instance.error().kind == ErrorKind::not_found ? gone : instance.error());
    if (instance->id() != id) return fail(gone);
    if (instance->owner != settings_.owner)
        return fail(ErrorKind::permission, "instance " + id + " is not one of ours");
    return Found{files, std::move(*instance)};
}

Result<std::vector<Found>> ProcessRuntime::find_all() const {
    DIR* directory = ::opendir(settings_.instances_directory.c_str());
    if (directory == nullptr)
        return fail(system_error(errno, "open " + settings_.instances_directory));
    std::vector<Found> all;
    while (const dirent* entry = ::readdir(directory)) {
        if (!is_worker_id(entry->d_name)) continue;
        const InstanceFiles files = files_of(entry->d_name);
        auto instance = files.instance();
        if (instance && instance->owner == settings_.owner)
            all.push_back({files, std::move(*instance)});
    }
    ::closedir(directory);
    return all;
}

Result<void> ProcessRuntime::clear_unborn() const {
    DIR* directory = ::opendir(settings_.instances_directory.c_str());
    if (directory == nullptr)
        return fail(system_error(errno, "open " + settings_.instances_directory));
    while (const dirent* entry = ::readdir(directory)) {
        if (!is_worker_id(entry->d_name)) continue;
        const InstanceFiles files = files_of(entry->d_name);
        const auto instance = files.instance();
        if (!instance && instance.error().kind == ErrorKind::not_found) (void)files.remove();
    }
    ::closedir(directory);
    return {};
}

Launch ProcessRuntime::launch_of(const WorkerSpec& spec, const InstanceFiles& files) const {
    const bool root = ::geteuid() == 0;
    WorkerSpec ours = spec;
    // If we are not root, the agent can only run as our own user.
    if (!root) ours.uid = ::geteuid();
    const WorkerPlaces places{.control = spec.directories.control,
                              .state = spec.directories.state,
                              .workspace = spec.directories.workspace,
                              .home = spec.directories.home,
                              .agent_socket = files.path("run/agent.sock"),
                              .bin = settings_.bin_directory,
                              .own_loopback = false};
    auto environment = worker_environment(ours, places);
    const char* path = std::getenv("PATH");
    environment.emplace("PATH", settings_.path.empty() && path != nullptr ? path : settings_.path);
    Launch launch{settings_.owner,
                  spec.worker_id,
                  settings_.bin_directory + "/worker-wrapper",
                  spec.directories.workspace,
                  {},
                  root ? spec.uid : 0};
    launch.pids = spec.limits.pids;
    for (const auto& [name, value] : environment)
        launch.environment.push_back(name + "=" + value);
    return launch;
}

Result<std::string> ProcessRuntime::supervise(const InstanceFiles& files) const {
    SubprocessSpec call;
    call.argv = settings_.supervisor;
    call.argv.push_back(files.directory());
    call.deadline = kStartDeadline;
    const auto end = run_subprocess(call);
    if (!end) return end.fault();
    if (!end->success()) {
        std::string reason = end->error_output.substr(0, end->error_output.find('\n'));
        if (reason.empty()) reason = "exit code " + std::to_string(end->exit_code);
        return fail(ErrorKind::fatal, std::move(reason));
    }
    return end->output.substr(0, end->output.find('\n'));
}

void ProcessRuntime::undo_launch(const InstanceFiles& files) const {
    if (const auto instance = files.instance())
        if (const UniqueFd supervisor = instance->supervisor.open(); supervisor.valid()) {
            send(supervisor, SIGQUIT);
            (void)wait_for_end(supervisor, settings_.kill_patience);
        }
    (void)files.remove();
}

Result<std::string> ProcessRuntime::launch(const WorkerSpec& spec) {
    if (!spec.services.empty())
        return fail(contracts::ErrorKind::invalid,
                    "services beside a worker need a container engine", "services",
                    "set RUNTIME=docker");
    if (auto checked = check_worker_spec(spec); !checked) return checked.fault();
    const InstanceFiles files = files_of(spec.worker_id);
    if (auto made = files.make(); !made) return made.fault();
    auto written = files.write(launch_of(spec, files));
    auto id = written ? supervise(files) : Result<std::string>(written.fault());
    if (!id) {
        undo_launch(files);
        return fail(std::move(id.error()).context("worker " + spec.worker_id));
    }
    ring_all();
    return id;
}

Result<WorkerInstance> ProcessRuntime::inspect(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.fault();
    return state_of(found->files, found->instance);
}

Result<std::vector<WorkerInstance>> ProcessRuntime::list() {
    const auto found = find_all();
    if (!found) return found.fault();
    std::vector<WorkerInstance> all;
    for (const Found& one : *found)
        all.push_back(state_of(one.files, one.instance));
    return all;
}

Result<void> ProcessRuntime::stop(const std::string& id, std::chrono::seconds grace) {
    const auto found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    const UniqueFd supervisor = found->instance.supervisor.open();
    if (supervisor.valid()) {
        // A frozen worker cannot react to TERM.
        process::thaw_descendants(found->instance.supervisor.pid);
        send(supervisor, SIGTERM);
        if (wait_for_end(supervisor, grace)) return {};
    }
    return kill(id);
}

Result<void> ProcessRuntime::kill(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    if (const UniqueFd supervisor = found->instance.supervisor.open(); supervisor.valid()) {
        send(supervisor, SIGQUIT);
        if (wait_for_end(supervisor, settings_.kill_patience)) return {};
        send(supervisor, SIGKILL);
        if (!wait_for_end(supervisor, kLastPatience))
            return fail(ErrorKind::transient, "instance " + id + " cannot be killed");
    }
    if (!found->files.exit()) sweep(found->files);
    return {};
}

// The supervisor continues to run, because it detects the worker's end.
Result<void> ProcessRuntime::pause(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.fault();
    const UniqueFd supervisor = found->instance.supervisor.open();
    if (!supervisor.valid()) return fail(ErrorKind::conflict, "instance " + id + " has ended");
    const pid_t root = found->instance.supervisor.pid;
    if (process::freeze_descendants(root)) return {};
    process::thaw_descendants(root);
    return fail(ErrorKind::transient, "instance " + id + " cannot be frozen");
}

Result<void> ProcessRuntime::resume(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.fault();
    const UniqueFd supervisor = found->instance.supervisor.open();
    if (!supervisor.valid()) return fail(ErrorKind::conflict, "instance " + id + " has ended");
    process::thaw_descendants(found->instance.supervisor.pid);
    return {};
}

void ProcessRuntime::sweep(const InstanceFiles& files) const {
    SubprocessSpec call;
    call.argv = settings_.supervisor;
    call.argv.insert(call.argv.end(), {"--sweep", files.directory()});
    call.deadline = kSweepDeadline;
    (void)run_subprocess(call);
}

Result<std::string> ProcessRuntime::tail(const std::string& id, std::size_t bytes) {
    const auto found = find(id);
    if (!found) return found.fault();
    return process::log_tail(found->files.path("log"), found->files.path("log.1"), bytes);
}

Result<void> ProcessRuntime::remove(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    if (found->instance.supervisor.alive())
        return fail(ErrorKind::conflict, "instance " + id + " is running", {}, "stop it first");
    if (!found->files.exit()) sweep(found->files);
    return found->files.remove();
}

void ProcessRuntime::ring_all() {
    const std::lock_guard lock(mutex_);
    for (const Bell* bell : watchers_)
        bell->ring();
}

Result<void> ProcessRuntime::watch(const std::function<void(const RuntimeEvent&)>& report,
                                   std::stop_token stop) {
    const Listening bell(*this);
    return process::watch_deaths([this] { return find_all(); }, bell, report, std::move(stop));
}

}  // namespace

Result<std::unique_ptr<Runtime>> make_process_runtime(ProcessSettings settings) {
    const std::string& directory = settings.instances_directory;
    if (settings.supervisor.empty() || directory.empty() || directory[0] != '/')
        return fail(ErrorKind::invalid, "must be an absolute path", "instances_directory");
    if (::mkdir(directory.c_str(), 0711) != 0 && errno != EEXIST)
        return fail(system_error(errno, "make " + directory));
    const bool is_sole = settings.is_sole;
    auto runtime = std::make_unique<ProcessRuntime>(std::move(settings));
    if (!is_sole) return runtime;
    if (auto cleared = runtime->clear_unborn(); !cleared) return cleared.fault();
    return runtime;
}

}  // namespace control

// worker-wrapper: PID 1 of a worker. Wires the parts and runs the loop (worker.cpp).
#include "contracts/base/id.h"
#include "contracts/base/standard_descriptors.h"
#include "wrapper/delivery/state_directory.h"
#include "wrapper/delivery/state_file.h"
#include "wrapper/wall/image_user.h"
#include "wrapper/worker.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

constexpr std::string_view kUsage =
    "worker-wrapper: runs one coding agent as a supervised worker\n"
    "\n"
    "usage: worker-wrapper                run, configured by the environment\n"
    "       worker-wrapper healthcheck    exit 0 if the worker of this container is running\n"
    "       worker-wrapper --explain-config   every setting, and where its value comes from\n"
    "       worker-wrapper --version\n"
    "       worker-wrapper --help\n"
    "\n"
    "required: WORKER_ID WORKER_TYPE AGENT_TYPE REDIS_URL\n";
constexpr std::string_view kVersion = "worker-wrapper 0.1.0\n";
constexpr int kExitUsage = 2;

int print(int fd, std::string_view text, int code) {
    return ::write(fd, text.data(), text.size()) < 0 ? wrapper::kExitInternal : code;
}

int check_health() {
    const char* named = ::getenv("STATE_DIR");
    const std::string directory =
        named != nullptr && *named != '\0' ? named : std::string(wrapper::kDefaultStateDirectory);
    const auto state = wrapper::read_state(directory, contracts::SystemClock().now());
    if (!state) return print(STDERR_FILENO, state.error().describe() + "\n", 1);
    if (*state == "stopped") return print(STDERR_FILENO, "the worker has stopped\n", 1);
    return print(STDOUT_FILENO, *state + "\n", 0);
}

// Also finds the agent's user if none is configured and we are root.
contracts::Result<wrapper::Settings> read_settings() {
    contracts::Result<wrapper::Settings> settings = wrapper::read_settings(environ);
    if (!settings || settings->agent_user || ::geteuid() != 0) return settings;
    contracts::Result<wrapper::AgentUser> user = wrapper::image_user();
    if (!user) return user.fault();
    settings->agent_user = *user;
    return settings;
}

// Faults go to stderr, where a log goes; the exit code is that of a failed start.
int explain_configuration() {
    std::string told;
    contracts::Result<void> read = wrapper::explain_settings(environ, told);
    if (read)
        if (auto settings = read_settings(); !settings) read = settings.fault();
    if (print(STDOUT_FILENO, told, 0) != 0) return wrapper::kExitInternal;
    if (read) return 0;
    return print(STDERR_FILENO, read.error().describe() + "\n", wrapper::kExitConfiguration);
}

contracts::Log make_log(contracts::LogLevel level, contracts::LogFormat format) {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(contracts::log_descriptor()),
                          level, format, "worker-wrapper");
}

// Keeps what exists. The mode does not depend on our umask.
void make_one_directory(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) ::chmod(path.c_str(), mode);
}

// Also makes every parent directory, for managers that mount none. The agent may pass through
// these.
void make_directory(const std::string& path, mode_t mode) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        make_one_directory(path.substr(0, at), 0755);
    make_one_directory(path, mode);
}

// The directory is ours, and open to the agent, whose programs connect to the socket in it.
void make_directory_of(const std::string& socket) {
    const std::size_t end = socket.rfind('/');
    if (end != std::string::npos && end > 0) make_directory(socket.substr(0, end), 0755);
}

int run() {
    contracts::open_standard_descriptors();
    const contracts::Log early = make_log(contracts::LogLevel::info, contracts::LogFormat::json);
    contracts::Result<wrapper::Signals> signals = wrapper::Signals::block_all();
    contracts::Result<wrapper::Settings> settings = read_settings();
    if (!settings) {
        early.error("bad configuration", {{"reason", settings.error().describe()}});
        return wrapper::kExitConfiguration;
    }
    const contracts::Log log =
        make_log(settings->log_level, settings->log_format).with("worker_id", settings->worker_id);
    const auto refuse = [&log](const contracts::Error& error, int code) {
        log.error("cannot start", {{"reason", error.describe()}});
        return code;
    };
    if (!signals) return refuse(signals.error(), wrapper::kExitInternal);
    for (const std::string& name : settings->old_names)
        log.warning("obsolete name in the environment; remove its prefix", {{"name", name}});
    for (const std::string& name : settings->ignored_names)
        log.warning("ignored a variable for the agent; the worker sets it",
                    {{"name", "AGENT_ENV_" + name}});
    if (auto guarded = wrapper::guard_own_process(); !guarded)
        return refuse(guarded.error(), wrapper::kExitInternal);
    if (auto adopted = wrapper::Reaper::adopt_orphans(); !adopted)
        log.warning("the agent's orphans go to another process; set AGENT_UID to find them",
                    {{"reason", adopted.error().describe()}});
    make_directory(settings->state_directory, 0700);
    const contracts::Result<contracts::UniqueFd> ours =
        wrapper::take_state_directory(settings->state_directory, settings->worker_id);
    if (!ours) return refuse(ours.error(), wrapper::kExitConfiguration);
    make_directory_of(settings->agent_socket);
    contracts::Result<wrapper::Journal> journal = wrapper::Journal::open(settings->state_directory);
    if (!journal)
        return refuse(std::move(journal.error()).context("STATE_DIR"), wrapper::kExitConfiguration);
    contracts::Result<std::unique_ptr<wrapper::Runner>> runner = wrapper::make_runner(
        {.agent_type = settings->agent_type,
         .model = settings->model,
         .command = settings->agent_command,
         .exit_code_is_verdict = settings->exit_code_is_verdict,
         .wants_prompt = settings->prompt_on_stdin,
         .tools =
             settings->offers_tools ? settings->bin_directory + "/orchestrator" : std::string(),
         .user = settings->agent_user});
    if (!runner) return refuse(runner.error(), wrapper::kExitConfiguration);
    const contracts::SystemClock clock;
    wrapper::Worker worker(*settings, clock, log, std::move(*signals), std::move(*journal),
                           std::move(*runner));
    const int code = worker.run();
    log.report_dropped();
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 1) return run();
    const std::string_view word = argv[1];
    if (argc == 2 && word == "healthcheck") return check_health();
    if (argc == 2 && word == "--explain-config") return explain_configuration();
    if (argc == 2 && word == "--version") return print(STDOUT_FILENO, kVersion, 0);
    if (argc == 2 && word == "--help") return print(STDOUT_FILENO, kUsage, 0);
    return print(STDERR_FILENO, kUsage, kExitUsage);
}

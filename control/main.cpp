// orchestratord: everything that outlives a worker.
#include "contracts/base/core_dump.h"
#include "contracts/base/standard_descriptors.h"
#include "control/commands/doctor.h"
#include "control/commands/image.h"
#include "control/daemon/daemon.h"
#include "control/daemon/log_sink.h"
#include "control/daemon/ready_file.h"
#include "control/daemon/usage.h"
#include "control/demo/demo.h"
#include "control/deployer/local/front.h"
#include "control/messenger/terminal/identity.h"
#include "control/messenger/terminal/terminal.h"
#include "control/roles.h"
#include "control/runtime/process/supervisor.h"
#include "control/store/maintenance.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <thread>

namespace {

using namespace control;
using contracts::Json;
using contracts::Result;

constexpr int kBadUsage = 2;
constexpr int kBadConfiguration = 78;  // EX_CONFIG
constexpr int kUnavailable = 69;       // EX_UNAVAILABLE
constexpr int kInterrupted = 128;      // and the signal's number

int complain(const contracts::Error& error, int code) {
    std::fprintf(stderr, "orchestratord: %s\n", error.describe().c_str());
    return code;
}

std::string program_directory() {
    std::string path(4096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return path.substr(0, path.rfind('/'));
}

Result<Settings> settings_of_process() {
    return read_settings(contracts::Environment::of_process(), program_directory(), role_names());
}

// Variables that look like misspelt settings.
std::vector<std::string> doubtful_variables() {
    std::set<std::string> known;
    (void)read_settings(contracts::Environment([&known](const std::string& name) {
                            known.insert(name);
                            return std::optional<std::string>();
                        }),
                        program_directory(), role_names());
    std::vector<std::string_view> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        variables.emplace_back(*variable);
    return mistyped_settings(known, variables);
}

sigset_t stopping_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int one : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, one);
    return signals;
}

// Shows the administrator's token at the first start, once, if there is a terminal; the log names
// its file.
void tell_token(const std::string& file) {
    if (::isatty(STDOUT_FILENO) != 1) return;
    if (const Result<std::string> token = read_private_file(file))
        std::printf("the administrator's token, stored in %s: %s\n", file.c_str(), token->c_str());
}

int serve(bool ephemeral) {
    contracts::leave_no_core();
    Result<Settings> settings = settings_of_process();
    if (!settings) return complain(settings.error(), kBadConfiguration);
    // Blocked before the first thread starts: only the thread that waits for them may get them.
    const sigset_t signals = stopping_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    const contracts::Log log(std::make_shared<SpdlogSink>(contracts::log_descriptor()),
                             settings->log.level, settings->log.format, "orchestratord");
    for (const std::string& doubt : doubtful_variables())
        log.warning(doubt);
    const std::string token = token_file(settings->places.data_directory);
    const bool is_first = ::access(token.c_str(), F_OK) != 0;
    Result<std::unique_ptr<Daemon>> daemon = Daemon::start(*settings, role_table(), log);
    if (is_first) tell_token(token);  // also if the start fails later, because the token exists
    if (!daemon) return complain(daemon.error(), kBadConfiguration);
    if (ephemeral) (*daemon)->be_ephemeral();
    std::thread waiter([&] {
        int received = 0;
        sigwait(&signals, &received);
        log.info("stopping", {{"signal", received}});
        (*daemon)->stop();
    });
    (*daemon)->run();
    waiter.join();
    return 0;
}

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result.append(c == '\'' ? std::string("'\\''") : std::string(1, c));
    return result + "'";
}

// For `eval "$(orchestratord env)"`: prints how the CLI reaches this daemon as an administrator.
int print_environment() {
    Result<Settings> settings = settings_of_process();
    if (!settings) return complain(settings.error(), kBadConfiguration);
    Result<Json> facts = read_ready_file(settings->places.data_directory);
    if (!facts) return complain(facts.error(), kUnavailable);
    const auto print = [](const char* name, const std::string& value) {
        std::printf("export %s=%s\n", name, quoted(value).c_str());
    };
    print("API_URL", facts->value("api_url", ""));
    print("REDIS_URL", facts->value("redis_url", ""));
    if (Result<std::string> token = read_private_file(token_file(settings->places.data_directory));
        token)
        print("API_TOKEN", *token);
    return 0;
}

// The daemon of this machine, or the one in the variables from another machine's `orchestratord
// env`.
struct Reachable {
    ApiAccess api;
    std::string redis_url;
};

Result<Reachable> reachable_daemon() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    Reachable named{{variable("API_URL"), variable("API_TOKEN")}, variable("REDIS_URL")};
    if (!named.api.url.empty() && !named.api.token.empty() && !named.redis_url.empty())
        return named;
    Result<Settings> settings = settings_of_process();
    if (!settings) return settings.fault();
    Result<DaemonAccess> access = access_to_daemon(settings->places.data_directory);
    if (!access) return access.fault();
    return Reachable{{std::move(access->api_url), std::move(access->api_token)},
                     std::move(access->redis_url)};
}

int chat_here(const std::string& user) {
    const sigset_t signals = stopping_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    Result<Reachable> daemon = reachable_daemon();
    if (!daemon) return complain(daemon.error(), kUnavailable);
    Result<std::string> user_id = terminal_user(daemon->api, user);
    if (!user_id) return complain(user_id.error(), kUnavailable);
    Result<contracts::RedisAddress> redis = contracts::RedisAddress::parse(daemon->redis_url);
    if (!redis) return complain(redis.error(), kUnavailable);
    const char* home = std::getenv("HOME");
    const TerminalSettings settings{.redis = *std::move(redis),
                                    .user_id = *std::move(user_id),
                                    .history = home != nullptr && *home != '\0'
                                                   ? std::string(home) + "/.orchestratord_chat"
                                                   : ""};
    if (Result<void> done = run_terminal_chat(settings, contracts::SystemClock()); !done)
        return complain(done.error(), kUnavailable);
    return 0;
}

// Ends early at INT, TERM or HUP, and leaves nothing behind in that case either.
int walk_demo() {
    contracts::leave_no_core();
    const sigset_t signals = stopping_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::stop_source stop;
    std::atomic<int> received = 0;
    std::atomic<bool> is_over = false;
    std::thread waiter([&] {
        int signal = 0;
        sigwait(&signals, &signal);
        if (is_over) return;
        received = signal;
        stop.request_stop();
    });
    Result<void> done = demo::run_demo(program_directory(), role_table(), stop.get_token());
    is_over = true;
    ::kill(::getpid(), SIGTERM);  // for the waiting thread, unless it already got a signal
    waiter.join();
    if (received != 0) {
        std::puts("The demo was interrupted and has cleaned up.");
        return kInterrupted + received;
    }
    if (!done) return complain(done.error(), kUnavailable);
    std::puts("That was the whole road. The demo has cleaned up.");
    return 0;
}

int check_configuration() {
    Result<Settings> settings = settings_of_process();
    for (const std::string& doubt : doubtful_variables())
        std::fprintf(stderr, "orchestratord: %s\n", doubt.c_str());
    if (!settings) return complain(settings.error(), kBadConfiguration);
    const std::vector<contracts::Error> faults =
        check_named_files(*settings, needs_of(role_table(), *settings));
    for (const contracts::Error& fault : faults)
        (void)complain(fault, kBadConfiguration);
    if (!faults.empty()) return kBadConfiguration;
    std::puts("the configuration is in order");
    return 0;
}

// The file of the SQLite store; with PostgreSQL there is none, and `instead` is the next step.
Result<std::string> sqlite_store(const char* instead) {
    Result<Settings> settings = settings_of_process();
    if (!settings) return settings.fault();
    if (!settings->store.database_url.empty())
        return contracts::fail(contracts::ErrorKind::fatal, "names a PostgreSQL server",
                               "DATABASE_URL", instead);
    return settings->places.data_directory + "/orchestrator.db";
}

int back_up(const std::string& copy) {
    Result<std::string> store = sqlite_store("use pg_dump");
    if (!store) return complain(store.error(), kBadConfiguration);
    if (Result<void> done = backup_sqlite(*store, copy); !done)
        return complain(done.error(), kBadConfiguration);
    if (Result<void> whole = check_sqlite(copy); !whole) {
        (void)::unlink(copy.c_str());
        return complain(whole.error(), kBadConfiguration);
    }
    std::printf("the store was copied to %s\n", copy.c_str());
    return 0;
}

int check_store() {
    Result<std::string> store = sqlite_store("use pg_amcheck");
    if (!store) return complain(store.error(), kBadConfiguration);
    if (Result<void> whole = check_sqlite(*store); !whole)
        return complain(whole.error(), kBadConfiguration);
    std::puts("the store is undamaged");
    return 0;
}

int do_image(const CLI::App& app, const ImageWords& words) {
    Result<Settings> settings = settings_of_process();
    if (!settings) return complain(settings.error(), kBadConfiguration);
    Result<void> done = run_image(app, words, *settings);
    if (done) return 0;
    const bool is_mistyped = done.error().kind == contracts::ErrorKind::invalid;
    return complain(done.error(), is_mistyped ? kBadUsage : kUnavailable);
}

// The exit code tells a script whether something is left to do.
int look_after_workers(const DoctorWords& words) {
    constexpr int kDisagreements = 1;
    Result<Settings> settings = settings_of_process();
    if (!settings) return complain(settings.error(), kBadConfiguration);
    const Result<Json> daemon = read_ready_file(settings->places.data_directory);
    Result<int> left =
        run_doctor(words, *settings, daemon ? daemon->value("redis_url", "") : std::string());
    if (!left) return complain(left.error(), kUnavailable);
    return *left == 0 ? 0 : kDisagreements;
}

}  // namespace

int main(int argc, char** argv) {
    contracts::open_standard_descriptors();
    if (argc > 1 && std::string_view(argv[1]) == "run-process")
        return run_process_command(argc - 2, argv + 2);
    if (argc > 1 && std::string_view(argv[1]) == "run-front")
        return deployer::run_front_command(argc - 2, argv + 2);
    CLI::App app(
        "Everything that outlives a worker. Configured by its environment; see "
        "docs/CONFIGURATION.md.");
    app.require_subcommand(1);
    bool ephemeral = false;
    app.add_subcommand("serve", "serve until told to stop (TERM, INT); workers keep running")
        ->add_flag("--ephemeral", ephemeral, "end this installation's workers with the daemon");
    app.add_subcommand("env",
                       "print API_URL, REDIS_URL and API_TOKEN of the daemon that serves here");
    std::string user;
    app.add_subcommand("chat",
                       "talk with your Product Owner; the work continues when you leave (Ctrl-C)")
        ->add_option("--user", user, "your id or telegram_id; the oldest administrator by default");
    app.add_subcommand(
        "demo", "show the whole road from a sentence to a URL with scripted agents, and clean up");
    CLI::App* config = app.add_subcommand("config", "about the configuration");
    config->require_subcommand(1);
    config->add_subcommand("check", "report everything that is wrong with it");
    std::string copy;
    app.add_subcommand("backup", "copy the SQLite store to a new file; the daemon may keep running")
        ->add_option("file", copy, "the new file")
        ->required();
    app.add_subcommand("check", "read all of the SQLite store and report damage");
    ImageWords image;
    declare_image(app, image);
    DoctorWords doctor;
    declare_doctor(app, doctor);
    app.set_version_flag("--version", "orchestratord " ORCH_VERSION);
    if (Result<void> known =
            check_commands(app, std::span(argv, argv + argc).subspan(argc > 0 ? 1 : 0));
        !known)
        return complain(known.error(), kBadUsage);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? 0 : kBadUsage;
    }
    if (app.got_subcommand("serve")) return serve(ephemeral);
    if (app.got_subcommand("env")) return print_environment();
    if (app.got_subcommand("chat")) return chat_here(user);
    if (app.got_subcommand("demo")) return walk_demo();
    if (app.got_subcommand("backup")) return back_up(copy);
    if (app.got_subcommand("check")) return check_store();
    if (app.got_subcommand("doctor")) return look_after_workers(doctor);
    if (app.got_subcommand("image")) return do_image(app, image);
    return check_configuration();
}

#include "control/daemon/daemon.h"

#include "control/api/api.h"
#include "control/daemon/housekeeping.h"
#include "control/daemon/named_files.h"
#include "control/daemon/ready_file.h"
#include "control/daemon/start_pages.h"
#include "control/forge/forge.h"
#include "control/gate/setting.h"
#include "control/graphs/graphs.h"
#include "control/http/client.h"
#include "control/http/server.h"
#include "control/images/images.h"
#include "control/metrics/metrics.h"
#include "control/redis/redis_server.h"
#include "control/redis/worker_logins.h"
#include "control/runtime/docker/docker.h"
#include "control/runtime/process/process.h"
#include "control/store/tokens.h"
#include "control/vault/secrets.h"
#include "control/workers/farewell.h"
#include "control/workers/workers.h"

#include <sys/resource.h>
#include <unistd.h>
#include <cstdlib>
#include <optional>
#include <utility>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Log;
using contracts::RedisAddress;
using contracts::Result;

// In the order of building; taken down in reverse, so that nobody outlives what it uses.
struct Daemon::Parts {
    Settings settings;
    Log log;
    DataDirectory data;
    contracts::SystemClock clock;
    Metrics metrics;
    HttpServer server;
    std::unique_ptr<Listener> listener;
    std::unique_ptr<Listener> local_listener;  // API_SOCKET
    std::unique_ptr<RedisServer> redis;        // none when REDIS_URL names one
    RedisAddress redis_address;
    std::unique_ptr<WorkerLogins> logins;
    std::unique_ptr<Database> database;
    std::optional<Vault> vault;
    std::unique_ptr<Housekeeping> housekeeping;
    HttpClient client;
    std::unique_ptr<Forge> forge;
    std::unique_ptr<Runtime> runtime;
    std::unique_ptr<images::Images> images;
    std::unique_ptr<Api> api;
    HttpHandler network_handler;  // set before the loop runs
    std::unique_ptr<Gate> gate;
    std::unique_ptr<WorkersSetting> workers_setting;
    std::unique_ptr<Workers> workers;
    bool take_workers_along = false;
    std::unique_ptr<graphs::Graphs> graphs;
    std::optional<ReadyFile> ready;

    Parts(Settings settings, Log log, DataDirectory data)
        : settings(std::move(settings)), log(std::move(log)), data(std::move(data)) {}

    [[nodiscard]] bool has_role(const char* role) const { return settings.roles.contains(role); }
    Result<void> start_listening();
    Result<void> start_redis();
    Result<void> start_store();
    Result<void> start_runtime();
    Result<void> start_workers();
    Result<void> start_graphs();
    [[nodiscard]] std::string api_url() const;  // empty: none on TCP
    Result<void> tell_ready();
    Result<std::string> image_for(const contracts::WorkerConfig& config, std::stop_token stop);
};

namespace {

std::unexpected<contracts::Error> fatal(contracts::Error error) {
    error.kind = ErrorKind::fatal;
    return fail(std::move(error));
}

// A connection is a descriptor; the soft limit is for programs that use select.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// Whoever gives no password gets a connection all the same, and is refused at his first command.
Result<void> check_password(contracts::Connection& connection, const RedisAddress& address) {
    const Result<contracts::Reply> answer = connection.command({"PING"});
    if (answer || answer.error().kind != ErrorKind::fatal) return {};
    return fail(ErrorKind::fatal, "Redis at " + address.display() + " asks for a password",
                "REDIS_URL", "put it there: redis://:password@host or unix://:password@/path");
}

// Where nothing is put into an image, the agents' own folders stand before what this machine has.
std::string path_of_agents(const std::string& directory) {
    std::string path;
    for (const std::string_view agent : contracts::kAgentTypeNames)
        path.append(directory).append("/").append(agent).append(":");
    const char* ours = std::getenv("PATH");
    return path + (ours != nullptr ? ours : "/usr/local/bin:/usr/bin:/bin");
}

}  // namespace

// First of all: a port in use is found before anything else is begun. Requests that come early wait
// in the backlog.
Result<void> Daemon::Parts::start_listening() {
    if (!has_role("api")) return {};
    raise_descriptor_limit();
    const auto connections = static_cast<std::size_t>(settings.api_connections);
    const HttpHandler handler = [this](HttpRequest request, HttpReply reply) {
        network_handler(std::move(request), std::move(reply));
    };
    if (!settings.api_socket.empty()) {
        auto local = server.listen_unix(settings.api_socket, handler, kMaxBody, connections,
                                        kAnswerPatience);
        if (!local) return fatal(std::move(local.error()).context("API_SOCKET"));
        local_listener = std::move(*local);
    }
    TcpOptions options{.max_connections = connections, .answer_within = kAnswerPatience};
    if (!settings.tls_key.empty())
        options.tls = TlsFiles{settings.tls_certificate, settings.tls_key};
    auto opened =
        server.listen_tcp(settings.listen_address, settings.listen_port, handler, options);
    if (!opened) {
        if (opened.error().kind == ErrorKind::conflict)
            opened.error().next_step = "stop what uses it or choose another LISTEN";
        return fatal(std::move(opened.error()));
    }
    listener = std::move(*opened);
    return {};
}

Result<void> Daemon::Parts::start_redis() {
    // In a shell that took over `orchestratord env` REDIS_URL names the server of our own.
    const bool is_own = settings.redis && settings.redis->host.empty() &&
                        settings.redis->path == ServerFiles{data.redis()}.socket();
    if (settings.redis && !is_own) {
        redis_address = *settings.redis;
    } else {
        auto started = RedisServer::start(data.redis(), log);
        if (!started) return fatal(std::move(started.error()));
        redis = std::move(*started);
        redis_address = redis->address();
    }
    auto connection = contracts::Connection::dial(redis_address);
    if (!connection) {
        connection.error().next_step = "check REDIS_URL";
        return fatal(std::move(connection.error()));  // it names the server
    }
    if (Result<void> let_in = check_password(*connection, redis_address); !let_in) return let_in;
    logins = std::make_unique<WorkerLogins>(redis_address);
    return has_role("workers") ? logins->check() : Result<void>();
}

Result<void> Daemon::Parts::start_store() {
    if (settings.database_url.empty())
        if (Result<void> kept = data.check_database(); !kept) return kept;
    auto opened = open_database(settings.database_url, data.database());
    if (!opened) return fatal(std::move(opened.error()));
    database = std::move(*opened);
    auto unlocked = open_vault(
        *database, settings.secrets_key.empty() ? data.secrets_key() : settings.secrets_key);
    if (!unlocked) return fatal(std::move(unlocked.error()));
    vault = std::move(*unlocked);
    housekeeping = std::make_unique<Housekeeping>(*database, clock, log, settings.retention);
    std::optional<std::string> token;
    Result<void> made = database->transaction([&](Transaction& tx) -> Result<void> {
        auto first = tokens::create_first_admin(tx, clock.now());
        if (!first) return fail(std::move(first.error()));
        token = std::move(*first);
        return {};
    });
    if (!made) return fatal(std::move(made.error()));
    const std::string file = token_file(data.path());
    if (token) {
        if (Result<void> written = write_private_file(file, *token); !written)
            return fatal(std::move(written.error()));
        log.info("the first admin token was made", {{"file", file}});
    }
    auto made_forge = make_local_forge(data.forge());
    if (!made_forge) return fatal(std::move(made_forge.error()));
    forge = std::move(*made_forge);
    const auto rate = static_cast<double>(settings.api_rate);
    api = std::make_unique<Api>(*database, clock, log,
                                ApiOptions{.metrics = &metrics,
                                           .vault = &*vault,
                                           .rate = {.per_second = rate, .at_once = 2 * rate},
                                           .access_log = settings.access_log});
    network_handler = api->handler_for_tcp();
    return {};
}

Result<void> Daemon::Parts::start_runtime() {
    if (!has_role("workers")) return {};
    if (Result<void> there = check_wrapper(settings); !there) return there;
    if (settings.runtime != RuntimeChoice::process) {
        auto docker = make_docker_runtime({.socket = settings.docker_socket,
                                           .owner = data.owner(),
                                           .bin_directory = settings.bin_directory,
                                           .data_directory = data.path()},
                                          client);
        if (docker) {
            runtime = std::move(*docker);
        } else if (settings.runtime == RuntimeChoice::docker) {
            return fatal(std::move(docker.error()));
        } else {
            log.warning("no container engine", {{"error", docker.error().describe()}});
        }
    }
    if (!runtime) {
        if (::geteuid() == 0)
            for (const auto& [path, field] : {std::pair(settings.bin_directory, "WORKER_BIN_DIR"),
                                              std::pair(settings.agents_directory, "AGENTS_DIR")})
                if (Result<void> passes = check_passable(path, field); !passes) return passes;
        std::string self(4096, '\0');
        const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
        if (length <= 0) return fatal(contracts::system_error(errno, "read /proc/self/exe"));
        self.resize(static_cast<std::size_t>(length));
        auto process = make_process_runtime({.owner = data.owner(),
                                             .instances_directory = data.instances(),
                                             .bin_directory = settings.bin_directory,
                                             .supervisor = {self, "run-process"},
                                             .path = path_of_agents(settings.agents_directory)});
        if (!process) return fatal(std::move(process.error()));
        runtime = std::move(*process);
    }
    if (!runtime->isolates())
        log.warning("WORKERS ARE NOT ISOLATED: agents run as plain processes of this machine",
                    {{"runtime", runtime->name()}});
    return {};
}

Result<std::string> Daemon::Parts::image_for(const contracts::WorkerConfig& config,
                                             std::stop_token stop) {
    if (!images) return std::string();
    auto plan = images->ensure({config.agent_type, config.capabilities}, {}, std::move(stop));
    if (!plan) return fail(std::move(plan.error()));
    return plan->tag;
}

Result<void> Daemon::Parts::start_workers() {
    if (!has_role("workers")) return {};
    if (runtime->isolates())
        images = std::make_unique<images::Images>(
            images::ImageSettings{.base = settings.base_image,
                                  .agents_directory = settings.agents_directory,
                                  .build_network = settings.build_network},
            client, settings.docker_socket);
    gate = make_gate(
        {.server = server,
         .client = client,
         .dial_bus =
             [this](const WorkerIdentity& worker) {
                 return logins->dial_as_worker({.worker_id = worker.worker_id,
                                                .type = worker.type,
                                                .task_id = worker.task_id,
                                                .allowed_commands = worker.allowed_commands});
             },
         .leave_bus = [this](const std::string& worker_id) { return logins->remove(worker_id); },
         .api_for =
             [this](const WorkerIdentity& worker) {
                 return api->handler_for(
                     Caller::worker(worker.worker_id, worker.user_id, worker.allowed_commands));
             },
         .answer_within = kAnswerPatience,
         .repositories = data.forge(),
         .models = {.anthropic = {settings.model_upstream, settings.model_key},
                    .openai = {settings.openai_upstream, settings.openai_key}},
         .log = log});
    if (settings.model_key.empty() && settings.openai_key.empty())
        log.warning(
            "no model key: workers have no door to a model; set ANTHROPIC_API_KEY or "
            "OPENAI_API_KEY");
    workers_setting.reset(new WorkersSetting{
        .directory = data.workers(),
        .max_workers = settings.max_workers,
        .creation_timeout = settings.creation_timeout,
        .limits = {.memory_bytes = settings.worker_memory_mb << 20, .cpus = settings.worker_cpus},
        .database = *database,
        .runtime = *runtime,
        .forge = *forge,
        .gate = *gate,
        .image_for = [this](const contracts::WorkerConfig& config,
                            std::stop_token stop) { return image_for(config, std::move(stop)); },
        .redis = redis_address,
        .clock = clock,
        .log = log});
    workers = std::make_unique<Workers>(*workers_setting);
    return workers->start();
}

Result<void> Daemon::Parts::start_graphs() {
    if (!has_role("graphs")) return {};
    graphs::GraphsSettings chosen;
    chosen.instance = data.owner();
    chosen.engineering.agent_type = settings.developer_agent;
    graphs = std::make_unique<graphs::Graphs>(*database, redis_address, *forge, clock, log,
                                              std::move(chosen));
    return graphs->start();
}

std::string Daemon::Parts::api_url() const {
    if (!listener) return {};
    const std::string& address = settings.listen_address;
    return (settings.tls_key.empty() ? "http://" : "https://") +
           (address.find(':') == std::string::npos ? address : '[' + address + ']') + ':' +
           std::to_string(listener->port());
}

// For `orchestratord env`: where the daemon is and how an admin of this machine reaches it.
Result<void> Daemon::Parts::tell_ready() {
    Json facts{{"pid", ::getpid()},
               {"redis_url", redis_address.url()},
               {"runtime", runtime ? std::string(runtime->name()) : std::string()}};
    if (listener) facts["api_url"] = api_url();
    Result<ReadyFile> written = ReadyFile::write(data.path(), facts);
    if (!written) return fail(std::move(written.error()));
    ready.emplace(std::move(*written));
    return {};
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() {
    parts_->ready.reset();
    if (parts_->graphs) parts_->graphs->stop();
    if (!parts_->workers) return;
    parts_->workers->stop();
    if (!parts_->take_workers_along) return;
    if (Result<void> removed = remove_all_workers(*parts_->workers_setting); !removed)
        parts_->log.error("a worker could not be taken along",
                          {{"error", removed.error().describe()}});
}

Result<std::unique_ptr<Daemon>> Daemon::start(const Settings& settings, Log log) {
    Result<DataDirectory> data = DataDirectory::open(settings.data_directory);
    if (!data) return fail(std::move(data.error()));
    std::unique_ptr<Daemon> daemon(
        new Daemon(std::make_unique<Parts>(settings, std::move(log), std::move(*data))));
    Parts& parts = *daemon->parts_;
    const auto steps = {&Parts::start_listening, &Parts::start_redis,   &Parts::start_store,
                        &Parts::start_runtime,   &Parts::start_workers, &Parts::start_graphs};
    for (const auto step : steps)
        if (Result<void> done = (parts.*step)(); !done) return fatal(std::move(done.error()));
    release_start_pages();
    if (Result<void> told = parts.tell_ready(); !told) return fatal(std::move(told.error()));
    parts.log.info("serving", {{"address", parts.api_url()},
                               {"socket", parts.local_listener ? settings.api_socket : ""},
                               {"redis", parts.redis_address.display()},
                               {"data", parts.data.path()}});
    return daemon;
}

void Daemon::run() {
    parts_->server.run();
}

void Daemon::stop() {
    parts_->server.stop();
}

void Daemon::take_workers_along() {
    parts_->take_workers_along = true;
}

}  // namespace control

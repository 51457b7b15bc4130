#include "tests/service/hostile/house.h"

#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/runtime/docker/container_spec.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/store/users.h"
#include "tests/support/eventually.h"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace hostile_tests {

using namespace contracts;
using namespace control;

namespace {

constexpr const char* kWorker = "hostile-1";
constexpr std::uint32_t kAgent = 20917;
constexpr std::int64_t kMemory = 192 << 20;
constexpr std::chrono::minutes kPatience{4};

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class NoLines final : public LogSink {
public:
    void write(LogLevel, std::string_view) override {}
};

Log silent_log() {
    return {std::make_shared<NoLines>(), LogLevel::error, LogFormat::json, "test"};
}

std::string wrapper_program() {
    const char* named = std::getenv("ORCH_TEST_WORKER_BIN");
    return (named ? std::string(named) : std::string(ORCH_SOURCE_DIR) + "/build/release/bin") +
           "/worker-wrapper";
}

void make(const std::string& path, mode_t mode, uid_t owner) {
    std::filesystem::create_directories(path);
    if (::chmod(path.c_str(), mode) != 0 || ::chown(path.c_str(), owner, owner) != 0)
        throw std::runtime_error("chown " + path);
}

}  // namespace

House::House(Options options) : options_(options), password_(secret()) {
    if (options_.place == Place::container) engine_.emplace();
    make_directories();
    {
        Connection first = must(Connection::dial(must(RedisAddress::parse(redis_.url()))));
        must(first.command({"CONFIG", "SET", "requirepass", password_}));
    }
    admin_ = must(RedisAddress::parse("unix://:" + password_ + "@" + redis_.socket()));
    connection_ = must(Connection::dial(admin_));
    logins_ = std::make_unique<WorkerLogins>(admin_);
    forge_ = must(make_local_forge(directory_ / "forge"));
    must(forge_->ensure_repository("shop", "a shop"));
    must(forge_->ensure_branch("shop", "task/t-1"));
    must(forge_->ensure_repository("other", "another's, " + secret()));
    make_entities();
    open_doors();
    loop_ = std::thread([this] { server_.run(); });
    launch();
}

House::~House() {
    if (!process_.empty()) {
        (void)processes_->kill(process_);
        (void)processes_->remove(process_);
    }
    if (!container_.empty()) (void)engine_->ask("DELETE", "/containers/" + container_ + "?force=1");
    gate_.reset();
    neighbours_.clear();
    server_.stop();
    if (loop_.joinable()) loop_.join();
}

std::string House::secret() {
    secrets_.push_back("canary-" + random_hex(16));
    return secrets_.back();
}

void House::make_directories() {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));
    make(directory_ / "worker", 0711, 0);
    make(directory_ / "worker/control", 0700, 0);
    make(directory_ / "worker/state", 0700, 0);
    make(directory_ / "worker/home", 0700, kAgent);
    make(directory_ / "worker/workspace", 0700, kAgent);
    make(directory_ / "bin", 0755, 0);
    // The files of another worker on the same machine.
    make(directory_ / "another", 0711, 0);
    for (const char* name : {"home", "workspace"}) {
        make(directory_ / ("another/" + std::string(name)), 0700, kAgent + 1);
        directory_.write("another/" + std::string(name) + "/canary", secret(), 0644);
    }
    for (const char* name : {"state", "control"}) {
        make(directory_ / ("another/" + std::string(name)), 0700, 0);
        directory_.write("another/" + std::string(name) + "/canary", secret(), 0644);
    }
    directory_.write("redis.password", password_, 0600);
    directory_.write("worker/state/canary", secret(), 0600);
    directory_.write("worker/control/canary", secret(), 0644);
    std::filesystem::copy_file(wrapper_program(), directory_ / "bin/worker-wrapper");
    std::filesystem::copy_file(HOSTILE_AGENT, directory_ / "worker/workspace/agent");
    for (const char* file : {"bin/worker-wrapper", "worker/workspace/agent"})
        std::filesystem::permissions(directory_ / file, std::filesystem::perms(0755));
}

// Two users, each with a project and a task; the agent must not see the other user's.
void House::make_entities() {
    database_ = must(open_sqlite(directory_ / "orchestrator.db"));
    foreign_project_ = make_uuid7(clock_.now());
    foreign_task_ = make_uuid7(clock_.now());
    const std::string hidden = secret();
    must(database_->transaction([&](Transaction& tx) -> Result<void> {
        for (const std::string user : {"1", "2"}) {
            const bool foreign = user == "2";
            Project project;
            project.id = foreign ? foreign_project_ : make_uuid7(clock_.now());
            project.name = foreign ? "theirs" : "ours";
            if (foreign) project.description = hidden;
            project.owner_id = "u-" + user;
            Task task;
            task.id = foreign ? foreign_task_ : make_uuid7(clock_.now());
            task.project_id = project.id;
            if (foreign) task.spec = hidden;
            task.created_at = clock_.now();
            if (auto done = users::insert(tx, User{"u-" + user, user}, clock_.now()); !done)
                return done;
            if (auto done = projects::insert(tx, project, clock_.now()); !done) return done;
            if (auto done = tasks::insert(tx, task); !done) return done;
        }
        return {};
    }));
    must(publish_data(*connection_, names::task_progress("another"), Json(hidden).dump()));
    api_ = std::make_unique<Api>(*database_, clock_, silent_log());
}

void House::open_doors() {
    const std::string told = secret();
    const HttpHandler tells = [told](const HttpRequest&, const HttpReply& reply) {
        reply(json_response(200, Json(told)));
    };
    const HttpHandler model = [](const HttpRequest&, const HttpReply& reply) {
        reply(json_response(200, Json{{"type", "message"}}));
    };
    neighbours_.push_back(must(server_.listen_tcp("127.0.0.1", 0, tells)));
    neighbours_.push_back(must(server_.listen_tcp("127.0.0.1", 0, model)));
    const std::string model_url = "http://127.0.0.1:" + std::to_string(neighbours_[1]->port());
    // A host that is allowed but resolves to this machine.
    EgressUpstream egress;
    egress.settings.allow.push_back(
        must(egress::parse_pattern("inside.test:" + std::to_string(neighbours_[0]->port()))));
    egress.look_up = [](const std::string&) -> LookedUp {
        return std::vector{*egress::parse_address("127.0.0.1")};
    };
    gate_ = make_gate(
        {.server = server_,
         .dial_bus =
             [this](const WorkerIdentity& worker) {
                 return logins_->dial_as_worker({.worker_id = worker.worker_id,
                                                 .type = worker.type,
                                                 .task_id = worker.task_id,
                                                 .allowed_commands = worker.allowed_commands});
             },
         .leave_bus = [this](const std::string& id) { return logins_->remove(id); },
         .api_for =
             [this](const WorkerIdentity& worker) {
                 return api_->handler_for(
                     Caller::worker(worker.worker_id, worker.user_id, worker.allowed_commands));
             },
         .forge = forge_.get(),
         .models = std::make_shared<ModelGateway>(GatewayNeeds{
             .client = client_,
             .clock = clock_,
             .upstreams = {.anthropic = {{model_url, secret()}}, .openai = {{model_url, secret()}}},
             .log = silent_log()}),
         .egress = egress,
         .log = silent_log()});
    must(gate_->open({.worker_id = kWorker,
                      .type = WorkerType::po,
                      .user_id = "u-1",
                      .task_id = {},
                      .project_id = {},
                      .repository = "shop",
                      .branch = "task/t-1",
                      .allowed_commands = {"project.*", "engineering.*"},
                      .model = true},
                     directory_ / "worker/control"));
}

WorkerSpec House::spec() {
    WorkerSpec worker;
    worker.worker_id = kWorker;
    worker.image = engine_ ? engine().base_image() : "none";
    worker.uid = kAgent;
    worker.environment = {
        {"WORKER_ID", kWorker},
        {"WORKER_TYPE", "po"},
        {"AGENT_TYPE", "custom"},
        {"AGENT_COMMAND", engine_ ? R"(["/workspace/agent"])"
                                  : Json::array({directory_ / "worker/workspace/agent"}).dump()},
        {"AGENT_VERDICT", "exit_code"},
        {"AGENT_STDIN", "prompt"},
        {"ALLOWED_COMMANDS", "project.*,engineering.*"},
        {"USER_ID", "u-1"},
        {"TASK_BRANCH", "task/t-1"},
        {"AGENT_ENV_FOREIGN_PROJECT", foreign_project_},
        {"AGENT_ENV_FOREIGN_TASK", foreign_task_},
        {"AGENT_ENV_NEIGHBOUR_PORT", std::to_string(neighbours_[0]->port())},
    };
    if (!engine_)
        for (const auto& [name, place] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"WORKER", "worker"},
                 {"BIN", "bin"},
                 {"RUN", "instances/hostile-1/run"},
                 {"DATA", ""}})
            worker.environment[std::string("AGENT_ENV_HOSTILE_") + name] = directory_ / place;
    if (options_.secret_in_environment) worker.environment["API_TOKEN"] = secret();
    worker.directories = {.control = directory_ / "worker/control",
                          .state = directory_ / "worker/state",
                          .home = directory_ / "worker/home",
                          .workspace = directory_ / "worker/workspace"};
    worker.limits = {.memory_bytes = kMemory, .cpus = 2, .pids = 128};
    return worker;
}

void House::launch() {
    if (options_.place == Place::container)
        launch_container();
    else
        launch_process();
}

void House::launch_process() {
    processes_ = must(make_process_runtime(
        {.owner = "hostile",
         .instances_directory = directory_ / "instances",
         .bin_directory = directory_ / "bin",
         .supervisor = {std::filesystem::read_symlink("/proc/self/exe"), "run-process"},
         .path = "/usr/bin:/bin"}));
    process_ = must(processes_->launch(spec()));
}

void House::launch_container() {
    const DockerSettings settings{.socket = engine().socket(),
                                  .owner = "hostile-" + random_hex(4),
                                  .bin_directory = directory_ / "bin",
                                  .data_directory = directory_.text()};
    if (options_.filter == Filter::the_engines_and_ours) {
        container_ = must(must(make_docker_runtime(settings, client_))->launch(spec()));
        return;
    }
    Json wanted = must(docker::container_spec(spec(), settings, "launch"));
    wanted["HostConfig"]["SecurityOpt"].push_back("seccomp=unconfined");
    const auto made = engine().ask("POST", "/containers/create", wanted.dump());
    if (made.status != 201) throw std::runtime_error(made.body);
    container_ = Json::parse(made.body).at("Id");
    if (engine().ask("POST", "/containers/" + container_ + "/start").status != 204)
        throw std::runtime_error("the container does not start");
}

Json House::run(const std::string& word) {
    const std::string request = make_uuid4();
    must(publish_data(*connection_, names::po_input(kWorker),
                      Json{{"request_id", request},
                           {"user_id", "u-1"},
                           {"prompt", word},
                           {"timeout", 240},
                           {"timestamp", "2026-01-10T12:00:00Z"}}
                          .dump()));
    Json found;
    tests::eventually(
        "the output of " + word,
        [&] {
            for (Json& message : messages(names::po_output(kWorker)))
                if (message.value("request_id", "") == request) found = std::move(message);
            if (found.is_null() && state().at("Running") != true)
                throw std::runtime_error("PID 1 is gone: " + state().dump() + log());
            return !found.is_null();
        },
        kPatience);
    return found;
}

int House::enter(const std::string& word) {
    const Json wanted{{"User", std::to_string(kAgent)},
                      {"Cmd", Json::array({"/workspace/agent", word})}};
    const auto made = engine().ask("POST", "/containers/" + container_ + "/exec", wanted.dump());
    const std::string id = Json::parse(made.body).at("Id");
    const auto begun = engine().ask("POST", "/exec/" + id + "/start", R"({"Detach":true})");
    if (begun.status != 200) throw std::runtime_error(begun.body);
    Json end;
    tests::eventually(
        "the end of what was entered",
        [&] {
            end = Json::parse(engine().ask("GET", "/exec/" + id + "/json").body);
            return end.at("Running") == false;
        },
        kPatience);
    return end.at("ExitCode").get<int>();
}

std::vector<Probe> House::report() const {
    std::vector<Probe> probes;
    std::istringstream text(tests::read_file(directory_ / "worker/workspace/report"));
    for (std::string line; std::getline(text, line);) {
        Probe probe;
        std::istringstream fields(line);
        std::string answered;
        if (std::getline(fields, probe.name, '\t') && std::getline(fields, probe.verdict, '\t') &&
            std::getline(fields, probe.note, '\t') && std::getline(fields, answered))
            probe.answered_ms = std::stol(answered);
        probes.push_back(std::move(probe));
    }
    return probes;
}

Json House::state() const {
    if (!engine_)
        return {{"Running", must(processes_->inspect(process_)).running}, {"Pid", process_}};
    return Json::parse(description()).at("State");
}

std::string House::description() const {
    return engine().ask("GET", "/containers/" + container_ + "/json").body;
}

std::string House::log() const {
    if (!engine_) return must(processes_->tail(process_, 1 << 20));
    return engine().ask("GET", "/containers/" + container_ + "/logs?stdout=1&stderr=1").body;
}

Reply House::ask(const OwnedCommand& command) {
    return must(connection_->command(command));
}

bool House::heartbeat_shows() {
    return ask({"EXISTS", names::worker_heartbeat(kWorker)}).view().integer() == 1;
}

std::vector<Json> House::messages(const std::string& stream) {
    const Reply reply = ask({"XRANGE", stream, "-", "+"});
    Entries entries;
    read_entries(stream, reply.view(), entries);
    std::vector<Json> found;
    found.reserve(entries.present.size());
    for (const Entry& entry : entries.present)
        found.push_back(must(parse_json(entry.data)));
    return found;
}

std::vector<std::string> House::keys() {
    const Reply all = ask({"KEYS", "*"});
    std::vector<std::string> found;
    for (std::size_t i = 0; i < all.view().size(); ++i)
        if (!all.view()[i].text().starts_with(names::answered("")))
            found.emplace_back(all.view()[i].text());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace hostile_tests

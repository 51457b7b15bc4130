#include "tests/service/workers/world.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/po.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/runtime/process/process.h"
#include "control/store/daemons.h"
#include "tests/service/test_store.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace workers_tests {

namespace {

constexpr std::string_view kPassword = "admin-password";

// Logs nothing unless ORCH_TEST_LOG is set, which helps to understand a failed test.
class TestLines final : public LogSink {
public:
    void write(LogLevel, std::string_view line) override {
        if (std::getenv("ORCH_TEST_LOG") != nullptr)
            std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    }
};

}  // namespace

World::World()
    : sink_(std::make_shared<TestLines>()),
      log_(sink_, LogLevel::debug, LogFormat::json, "test"),
      own_{.name = "own", .directory = directory_ / "workers", .first_uid = 21'000},
      other_{.name = "other", .directory = directory_ / "other", .first_uid = 23'000} {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));
    for (const std::string& directory : {own_.directory, other_.directory}) {
        std::filesystem::create_directory(directory);
        std::filesystem::permissions(directory, std::filesystem::perms(0711));
    }
    Connection open = must(Connection::dial(must(RedisAddress::parse(redis_.url()))));
    must(open.command({"CONFIG", "SET", "requirepass", kPassword}));
    address_ =
        must(RedisAddress::parse("unix://:" + std::string(kPassword) + "@" + redis_.socket()));
    connection_ = must(Connection::dial(address_));
    logins_ = std::make_unique<WorkerLogins>(address_);
    database_ = tests::open_test_store(directory_ / "store.db");
    forge_ = must(make_local_forge(directory_ / "forge"));
    loop_ = std::thread([this] { server_.run(); });
}

World::~World() {
    clear(own_);
    clear(other_);
    server_.stop();
    loop_.join();
}

void World::clear(Machine& machine) {
    machine.role.reset();
    if (machine.runtime)
        if (auto all = machine.runtime->list(); all)
            for (const WorkerInstance& instance : *all) {
                (void)machine.runtime->kill(instance.id);
                (void)machine.runtime->remove(instance.id);
            }
    machine.gate.reset();
}

void World::start_ports(Machine& machine) {
    machine.gate.reset();
    machine.gate = make_gate(
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
             [](const WorkerIdentity& worker) {
                 return [id = worker.worker_id](HttpRequest, HttpReply reply) {
                     reply(json_response(200, Json(id)));
                 };
             },
         .forge = forge_.get(),
         .log = log_});
    if (make_runtime) {
        machine.runtime = make_runtime(machine.name, machine.directory);
        return;
    }
    machine.runtime = must(make_process_runtime(
        {.owner = machine.name,
         .instances_directory = directory_ / ("instances-" + machine.name),
         .bin_directory = bin_directory,
         .supervisor = {std::filesystem::read_symlink("/proc/self/exe"), "run-process"},
         .path = "/usr/bin:/bin"}));
}

WorkersSetting World::setting(Machine& machine) {
    if (!machine.gate) start_ports(machine);
    WorkersSetting made{.directory = machine.directory,
                        .max_workers = [most = max_workers] { return most; },
                        .max_of_user = [most = max_of_user] { return most; },
                        .first_uid = machine.first_uid,
                        .stop_grace = 2s,
                        .instance = machine.name,
                        .database = *database_,
                        .runtime = *machine.runtime,
                        .forge = *forge_,
                        .gate = *machine.gate,
                        .image_for = image_for,
                        .redis = address_,
                        .clock = clock_,
                        .log = log_};
    if (adjust) adjust(made);
    return made;
}

void World::start(Machine& machine) {
    machine.role.reset();
    start_ports(machine);
    announce(machine.name);
    machine.role = std::make_unique<Workers>(setting(machine));
    must(machine.role->start());
}

void World::start_role() {
    start(own_);
}

void World::start_other() {
    start(other_);
}

void World::announce(const std::string& name, std::chrono::seconds ago) {
    must(database_->transaction([&](Transaction& tx) {
        return daemons::announce(tx, {.name = name,
                                      .host = "h",
                                      .roles = {"workers"},
                                      .streams = {},
                                      .calls = {},
                                      .started_at = clock_.now() - ago,
                                      .seen_at = clock_.now() - ago});
    }));
}

CreateWorker World::create_command(const std::string& command) const {
    CreateWorker create;
    create.correlation_id = make_uuid4();
    create.timestamp = clock_.now();
    create.request_id = make_uuid4();
    create.config.name = "developer-1";
    create.config.worker_type = WorkerType::developer;
    create.config.agent_type = AgentType::custom;
    create.config.instructions = "Be brief.";
    create.config.allowed_commands = {"project.get"};
    create.config.env_vars = {{"AGENT_COMMAND", command}};
    return create;
}

void World::send(const std::string& data) {
    must(publish_data(*connection_, names::kWorkerCommands, data));
}

std::string World::create(const std::string& command, std::map<std::string, std::string> context,
                          WorkerType type) {
    CreateWorker create = create_command(command);
    create.context = std::move(context);
    create.config.worker_type = type;
    send(format_message(create));
    return create.request_id;
}

std::string World::remove(const std::string& worker_id) {
    DeleteWorker command;
    command.correlation_id = make_uuid4();
    command.timestamp = clock_.now();
    command.request_id = make_uuid4();
    command.worker_id = worker_id;
    send(format_message(command));
    return command.request_id;
}

std::vector<Json> World::messages(const std::string& stream, const std::string& request_id) {
    const Reply reply = ask({"XRANGE", stream, "-", "+"});
    Entries entries;
    read_entries(stream, reply.view(), entries);
    std::vector<Json> found;
    for (const Entry& entry : entries.present) {
        Json message = must(parse_json(entry.data));
        if (message.value("request_id", "") == request_id) found.push_back(std::move(message));
    }
    return found;
}

std::vector<Json> World::responses(const std::string& request_id) {
    std::vector<Json> all = messages(std::string(names::kWorkerResponsesDeveloper), request_id);
    for (Json& one : messages(std::string(names::kWorkerResponsesPo), request_id))
        all.push_back(std::move(one));
    return all;
}

Json World::response(const std::string& request_id) {
    std::vector<Json> found;
    // A command that was delivered to a reader just as it ended is claimed by the next reader a
    // minute later.
    constexpr std::chrono::seconds kTakenOver{90};
    tests::eventually(
        "the response to " + request_id,
        [&] {
            found = responses(request_id);
            return !found.empty();
        },
        kTakenOver);
    return found.front();
}

std::string World::running(const std::string& command, std::map<std::string, std::string> context,
                           WorkerType type) {
    const Json answer = response(create(command, std::move(context), type));
    INFO(dump_json(answer));
    REQUIRE(answer.at("success") == true);
    return answer.at("worker_id");
}

std::string World::status(const std::string& worker_id) {
    WorkerStatusQuery query;
    query.correlation_id = make_uuid4();
    query.timestamp = clock_.now();
    query.request_id = make_uuid4();
    query.worker_id = worker_id;
    send(format_message(query));
    return response(query.request_id).value("status", "none");
}

void World::give_input(const std::string& worker_id, const std::string& request_id) {
    const std::optional<WorkerRow> worker = row(worker_id);
    if (worker && worker->config.worker_type == WorkerType::po) {
        POWorkerInput input;
        input.request_id = request_id;
        input.user_id = "u-1";
        input.prompt = "hello";
        input.timestamp = clock_.now();
        must(publish_data(*connection_, names::po_input(worker_id), format_message(input)));
        return;
    }
    DeveloperWorkerInput input;
    input.request_id = request_id;
    input.task_id = "t-1";
    input.project_id = "p-1";
    input.prompt = "do it";
    input.timestamp = clock_.now();
    must(publish_data(*connection_, names::developer_input(worker_id), format_message(input)));
}

void World::end_worker(const std::string& worker_id, int exit_code) {
    std::ofstream(place(worker_id) + "/state/end") << exit_code << '\n';
}

std::vector<Json> World::outputs(const std::string& request_id, const std::string& stream) {
    return messages(stream, request_id);
}

std::optional<WorkerRow> World::row(const std::string& worker_id) {
    return must(workers::find(*database_, worker_id));
}

void World::wait_ended(const std::string& worker_id) {
    tests::eventually("the end of " + worker_id, [&] {
        const std::optional<WorkerRow> now = row(worker_id);
        return now && now->phase == WorkerPhase::ended;
    });
}

std::string World::remains() {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "workers"))
        found += entry.path().string() + '\n';
    for (const WorkerInstance& instance : must(own_.runtime->list()))
        found += instance.id + '\n';
    for (const char* pattern :
         {"worker:status:*", "worker:heartbeat:*", "worker:developer:*:input"}) {
        const Reply keys = ask({"KEYS", pattern});
        for (std::size_t i = 0; i < keys.view().size(); ++i)
            found.append(keys.view()[i].text()).append("\n");
    }
    const Reply users = ask({"ACL", "USERS"});
    for (std::size_t i = 0; i < users.view().size(); ++i)
        if (users.view()[i].text() != "default") found.append(users.view()[i].text()).append("\n");
    return found;
}

Reply World::ask(const OwnedCommand& command) {
    return must(connection_->command(command));
}

}  // namespace workers_tests

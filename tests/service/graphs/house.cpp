#include "tests/service/graphs/house.h"

#include "contracts/base/id.h"
#include "contracts/entities/opening.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/forge_calls.h"
#include "control/graphs/kit/template_calls.h"
#include "control/store/maintenance.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/subprocess/subprocess.h"
#include "tests/service/test_store.h"
#include "tests/support/eventually.h"

#include <filesystem>
#include <stdexcept>

namespace tests {

namespace names = contracts::names;
using namespace std::chrono_literals;

namespace {

template <class T>
T must(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

contracts::Log quiet_log() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(2),
                          contracts::LogLevel::error, contracts::LogFormat::console, "graphs");
}

}  // namespace

House::House(control::graphs::EngineeringSettings settings)
    : settings_(std::move(settings)),
      db_(tests::open_test_store(directory_ / "store.db")),
      forge_(must(control::make_local_forge(directory_ / "repositories"))) {}

House::~House() {
    stop();
}

control::graphs::EngineeringSettings House::quick() {
    control::graphs::EngineeringSettings settings;
    settings.crash_wait = 10ms;
    settings.platform_wait = 10ms;
    settings.longest_wait = 50ms;
    settings.platform_tries = 3;
    return settings;
}

void House::start() {
    control::graphs::GraphsSettings settings;
    settings.instance = "house";
    settings.queued_for = 500ms;
    settings.sweep_every = 200ms;
    std::vector<control::graphs::Module> modules;
    control::graphs::CallHandlers calls = control::graphs::forge_calls(*forge_);
    calls.merge(control::graphs::scaffold_calls(*forge_, *templates_));
    calls.merge(control::graphs::child_calls(*db_));
    modules.push_back(control::graphs::engineering_module(settings_, std::move(calls)));
    graphs_.emplace(
        control::graphs::GraphsPorts{.database = *db_,
                                     .redis = must(contracts::RedisAddress::parse(redis_.url())),
                                     .clock = clock_,
                                     .log = quiet_log()},
        settings, std::move(modules));
    must(graphs_->start());
}

void House::stop() {
    if (graphs_) graphs_->stop();
    graphs_.reset();
}

void House::back_up() {
    must(control::backup_sqlite(directory_ / "store.db", directory_ / "backup.db"));
}

void House::restore() {
    db_.reset();
    for (const char* rest : {"store.db", "store.db-wal", "store.db-shm"})
        std::filesystem::remove(directory_ / rest);
    std::filesystem::copy_file(directory_ / "backup.db", directory_ / "store.db");
    db_ = must(control::open_sqlite(directory_ / "store.db"));
}

void House::restart_redis() {
    connection_.reset();
    redis_.restart();
}

std::string House::make_task(const std::string& spec) {
    contracts::Project project;
    project.id = contracts::make_uuid7(clock_.now());
    project.name = "greeter";
    contracts::Task task;
    task.id = contracts::make_uuid7(clock_.now());
    task.project_id = project.id;
    task.spec = spec;
    task.created_at = clock_.now();
    must(db_->transaction([&](control::Transaction& tx) -> control::Result<void> {
        must(control::projects::insert(tx, project, clock_.now()));
        return control::tasks::insert(tx, task);
    }));
    return task.id;
}

contracts::Connection& House::connection() {
    if (!connection_ || connection_->broken())
        connection_.emplace(
            must(contracts::Connection::dial(must(contracts::RedisAddress::parse(redis_.url())))));
    return *connection_;
}

void House::change_task(const std::string& task,
                        const std::function<void(contracts::Task&)>& change) {
    must(db_->transaction([&](control::Transaction& tx) -> control::Result<void> {
        control::Stored<contracts::Task> row = must(control::tasks::find(tx, task));
        change(row.entity);
        return control::tasks::update(tx, row);
    }));
}

void House::change_project(const std::string& task,
                           const std::function<void(contracts::Project&)>& change) {
    must(db_->transaction([&](control::Transaction& tx) -> control::Result<void> {
        const std::string id = must(control::tasks::find(tx, task)).entity.project_id;
        control::Stored<contracts::Project> row = must(control::projects::find(tx, id));
        change(row.entity);
        return control::projects::update(tx, row);
    }));
}

void House::send_once(std::string_view stream, const std::string& task,
                      const std::string& request_id, const std::string& project) {
    Json message = contracts::opening_message(this->task(task), request_id, "7", clock_);
    if (!project.empty()) message["project_id"] = project;
    (void)must(contracts::answer_once(
        connection(), contracts::sent_once(stream, task, request_id, contracts::dump_json(message)),
        nullptr));
}

void House::trim(std::string_view stream) {
    must(connection().command({"DEL", stream}));
}

void House::send(std::string_view stream, const Json& message) {
    must(contracts::publish_data(connection(), stream, contracts::dump_json(message)));
}

void House::queue_task(const std::string& task, const std::optional<std::string>& callback) {
    Json message{{"request_id", contracts::make_uuid4()},
                 {"task_id", task},
                 {"project_id", project(task).id},
                 {"user_id", "7"}};
    if (callback) message["callback_stream"] = *callback;
    message["traceparent"] = kTrace;
    send(names::kEngineeringQueue, message);
}

void House::tell(const std::string& task, const std::string& command, const Json& more) {
    Json message{{"request_id", contracts::make_uuid4()}, {"command", command}, {"task_id", task}};
    if (more.is_object()) message.update(more);
    send(names::kGraphCommands, message);
}

Json House::next(const std::string& stream) {
    std::string& seen = seen_.try_emplace(stream, "0").first->second;
    Json found;
    eventually("a message on " + stream, [&] {
        const contracts::Reply reply =
            must(connection().command({"XRANGE", stream, "(" + seen, "+", "COUNT", "1"}));
        contracts::Entries entries;
        contracts::read_entries(stream, reply.view(), entries);
        if (entries.present.empty()) return false;
        seen = entries.present[0].id;
        found = must(contracts::parse_json(entries.present[0].data));
        return true;
    });
    return found;
}

std::vector<Json> House::all(std::string_view stream) {
    const contracts::Reply reply = must(connection().command({"XRANGE", stream, "-", "+"}));
    contracts::Entries entries;
    contracts::read_entries(stream, reply.view(), entries);
    std::vector<Json> found;
    for (const contracts::Entry& entry : entries.present)
        found.push_back(must(contracts::parse_json(entry.data)));
    return found;
}

namespace {

void require(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
}

}  // namespace

Json House::expect_create(const std::string& role) {
    Json command = next(std::string(names::kWorkerCommands));
    require(command["command"] == "create" && command["context"]["role"] == role,
            "expected the create of a " + role + ", got " + command.dump());
    return command;
}

void House::expect_delete(const std::string& worker) {
    const Json command = next(std::string(names::kWorkerCommands));
    require(command["command"] == "delete" && command["worker_id"] == worker,
            "expected the delete of " + worker + ", got " + command.dump());
}

void House::answer_create(const Json& create, const std::string& worker) {
    send(names::kWorkerResponsesDeveloper,
         {{"request_id", create["request_id"]}, {"success", true}, {"worker_id", worker}});
}

void House::refuse_create(const Json& create, const std::string& error) {
    send(names::kWorkerResponsesDeveloper,
         {{"request_id", create["request_id"]}, {"success", false}, {"error", error}});
}

void House::send_output(const Json& input, Json output) {
    output["request_id"] = input["request_id"];
    output["task_id"] = input["task_id"];
    send(names::kDeveloperOutput, output);
}

void House::note_answered(const std::string& request_id) {
    must(connection().command({"SET", names::answered(request_id), "1"}));
}

void House::git(const std::vector<std::string>& arguments, const std::string& directory) {
    control::SubprocessSpec spec;
    spec.argv = {"git", "-c", "user.name=worker", "-c", "user.email=worker@invalid"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.directory = directory;
    spec.environment = {"HOME=" + directory_.text(), "GIT_CONFIG_NOSYSTEM=1"};
    const control::SubprocessEnd end = must(control::run_subprocess(spec));
    require(end.success(), "git: " + end.error_output);
}

void House::push_to(const std::string& task, const std::string& branch, const std::string& file,
                    const std::string& text) {
    const std::string clone = "clone" + std::to_string(++clones_);
    git({"clone", "-q", "-b", branch, forge_->location(repository(task)), directory_ / clone});
    (void)directory_.write(clone + "/" + file, text);
    git({"add", "."}, directory_ / clone);
    git({"commit", "-q", "-m", "Work on " + file}, directory_ / clone);
    git({"push", "-q", "origin", branch}, directory_ / clone);
}

std::string House::push(const std::string& task, const std::string& file, const std::string& text) {
    const std::string branch = "task/" + task;
    push_to(task, branch, file, text);
    return must(forge_->head(repository(task), branch)).commit;
}

std::string House::push_with(const std::string& task, const std::string& script) {
    const std::string clone = directory_ / ("clone" + std::to_string(++clones_));
    const std::string branch = "task/" + task;
    git({"clone", "-q", "-b", branch, forge_->location(repository(task)), clone});
    git({"config", "user.name", "worker"}, clone);
    git({"config", "user.email", "worker@invalid"}, clone);
    control::SubprocessSpec spec{.argv = {"sh", "-ec", script + "\ngit push -q origin HEAD"}};
    spec.directory = clone;
    spec.environment = {"HOME=" + directory_.text(), "GIT_CONFIG_NOSYSTEM=1"};
    const control::SubprocessEnd end = must(control::run_subprocess(spec));
    require(end.success(), script + ": " + end.error_output);
    spec.argv = {"git", "rev-parse", "HEAD"};
    return must(control::run_subprocess(spec)).output.substr(0, 40);
}

void House::push_main(const std::string& task, const std::string& file) {
    push_to(task, std::string(control::kDefaultBranch), file, "another's\n");
}

Json House::develop(const std::string& task, const std::string& worker, const std::string& file) {
    answer_create(expect_create("developer"), worker);
    const Json input = next(names::developer_input(worker));
    push(task, file, "written by " + worker + "\n");
    send_output(input, {{"status", "success"},
                        {"summary", worker + " did it"},
                        {"usage", {{"input_tokens", 100}, {"cost_usd", 0.25}}}});
    expect_delete(worker);
    return input;
}

Json House::run_tests(const std::string& worker, int exit_code, const std::string& output) {
    const Json create = expect_create("tester");
    answer_create(create, worker);
    const Json input = next(names::developer_input(worker));
    send_output(input, {{"status", exit_code == 0 ? "success" : "failed"},
                        {"data", {{"exit_code", exit_code}, {"output", output}}}});
    expect_delete(worker);
    return create;
}

contracts::Task House::task(const std::string& id) {
    return must(control::tasks::find(*db_, id)).entity;
}

contracts::Project House::project(const std::string& id) {
    return must(control::projects::find(*db_, task(id).project_id)).entity;
}

control::Thread House::thread(const std::string& id) {
    std::optional<control::Thread> found =
        must(control::threads::find_subject(*db_, "engineering", id));
    require(found.has_value(), "task " + id + " has no thread");
    return *found;
}

std::string House::repository(const std::string& id) {
    const std::string project = task(id).project_id;
    return "greeter-" + project.substr(project.size() - 8);
}

void House::await_task(const std::string& id, contracts::TaskStatus status) {
    eventually("the task's status " + std::string(contracts::to_text(status)),
               [&] { return task(id).status == status; });
}

void House::await_thread(const std::string& id, control::ThreadStatus status) {
    eventually("the thread's status " + std::string(contracts::to_text(status)), [&] {
        const auto found = must(control::threads::find_subject(*db_, "engineering", id));
        return found && found->status == status;
    });
}

}  // namespace tests

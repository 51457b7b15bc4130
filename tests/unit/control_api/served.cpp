#include "served.h"

#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/store/users.h"
#include "control/store/workers.h"

#include <condition_variable>
#include <stdexcept>

namespace control {

using contracts::Json;

Served::Served(ApiOptions options) {
    Result<std::unique_ptr<Database>> opened = open_sqlite(directory / "api.db");
    if (!opened) throw std::runtime_error(opened.error().describe());
    db = std::move(*opened);
    Result<Vault> made = open_vault(*db, directory / "secrets.key");
    if (!made) throw std::runtime_error(made.error().describe());
    vault.emplace(*std::move(made));
    if (options.vault == nullptr) options.vault = &*vault;
    api = std::make_unique<Api>(
        *db, clock,
        contracts::Log(log, contracts::LogLevel::debug, contracts::LogFormat::json, "test"),
        options);
    tcp = api->handler_for_tcp();
    local = api->handler_for(Caller::local());
}

HttpResponse Served::ask(const HttpHandler& door, const Ask& ask) const {
    HttpRequest request;
    request.method = ask.method;
    const std::size_t mark = std::min(ask.target.find('?'), ask.target.size());
    request.path = ask.target.substr(0, mark);
    request.query = parse_query(ask.target.substr(std::min(mark + 1, ask.target.size()))).value();
    request.headers = ask.headers;
    request.body = ask.body.is_null() ? ask.raw_body : contracts::dump_json(ask.body);

    std::mutex mutex;
    std::condition_variable answered;
    std::optional<HttpResponse> answer;
    door(std::move(request), [&](HttpResponse response) {
        const std::lock_guard lock(mutex);
        if (answer) throw std::logic_error("answered twice");
        answer = std::move(response);
        answered.notify_one();
    });
    std::unique_lock lock(mutex);
    if (!answered.wait_for(lock, std::chrono::seconds(30), [&] { return answer.has_value(); }))
        throw std::runtime_error("no answer to " + ask.method + " " + ask.target);
    return *std::move(answer);
}

HttpResponse Served::ask_with(const std::string& token, Ask request) const {
    request.headers.push_back({"Authorization", "Bearer " + token});
    return ask(tcp, request);
}

void Served::write(const std::function<Result<void>(Transaction&)>& work) const {
    if (Result<void> done = db->transaction(work); !done)
        throw std::runtime_error(done.error().describe());
}

std::string Served::token(const NewToken& token) const {
    std::string text;
    write([&](Transaction& tx) -> Result<void> {
        Result<std::string> made = tokens::create(tx, token, clock.now());
        if (!made) return fail(std::move(made.error()));
        text = *std::move(made);
        return {};
    });
    return text;
}

void Served::add_user(const std::string& id, const std::string& telegram_id, bool is_admin) const {
    write([&](Transaction& tx) { return put_user(tx, id, telegram_id, is_admin); });
}

void Served::add_project(const std::string& id, const std::string& owner) const {
    write([&](Transaction& tx) { return put_project(tx, id, owner); });
}

void Served::add_task(const std::string& id, const std::string& project) const {
    write([&](Transaction& tx) { return put_task(tx, id, project); });
}

void Served::run_worker(const std::string& id) const {
    write([&](Transaction& tx) -> Result<void> {
        WorkerRow worker;
        worker.id = id;
        worker.request_id = "r-" + id;
        worker.phase = WorkerPhase::running;
        worker.config.name = id;
        worker.config.allowed_commands = {"project.get"};
        worker.created_at = clock.now();
        const Result<bool> put = workers::insert(tx, worker);
        return put ? Result<void>() : Result<void>(fail(put.error()));
    });
}

Result<void> Served::put_user(Queries& tx, const std::string& id, const std::string& telegram_id,
                              bool is_admin) const {
    return users::insert(tx, contracts::User{id, telegram_id, is_admin}, clock.now());
}

Result<void> Served::put_project(Queries& tx, const std::string& id,
                                 const std::string& owner) const {
    contracts::Project project;
    project.id = id;
    project.name = "shop";
    if (!owner.empty()) project.owner_id = owner;
    return projects::insert(tx, project, clock.now());
}

Result<void> Served::put_task(Queries& tx, const std::string& id,
                              const std::string& project) const {
    contracts::Task task;
    task.id = id;
    task.project_id = project;
    task.created_at = clock.now();
    return tasks::insert(tx, task);
}

std::string Served::everything() const {
    std::string text;
    for (const char* table : {"users",
                              "projects",
                              "tasks",
                              "task_executions",
                              "idempotency_keys",
                              "tokens",
                              "servers",
                              "incidents",
                              "service_deployments",
                              "allocations",
                              "agent_configs",
                              "api_keys",
                              "available_models",
                              "rag_documents",
                              "rag_chunks",
                              "project_secrets",
                              "web_links",
                              "web_sessions",
                              "commands",
                              "budgets"}) {
        const Result<Rows> rows =
            db->query("SELECT * FROM " + std::string(table) + " ORDER BY 1, 2, 3");
        if (!rows) throw std::runtime_error(rows.error().describe());
        text.append(table).append(":\n");
        for (const Row& row : rows->rows)
            for (std::size_t i = 0; i < row.size(); ++i)
                text.append(row.is_null(i) ? "-" : row.text(i))
                    .append("/")
                    .append(std::to_string(row.integer(i)))
                    .append("\n");
    }
    return text;
}

Json json_of(const HttpResponse& response) {
    Result<Json> json = contracts::parse_json(response.body);
    if (!json) throw std::runtime_error("no JSON: " + response.body);
    return *std::move(json);
}

}  // namespace control

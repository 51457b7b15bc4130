// Every role against every route and object, as a table of what each of them may do.
#include "control/api/catalog.h"
#include "control/api/inventory.h"
#include "control/api/keys.h"
#include "control/api/routes.h"
#include "control/store/conversations.h"
#include "control/store/project_secrets.h"
#include "control/store/task_executions.h"
#include "control/store/tasks.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

namespace control {

namespace {

using contracts::Json;

// The columns, in this order:
//   none    the network, without a token          user    a token of u1, scope PRODUCT_OWNER
//   wrong   the network, an unknown token         bare    a token of u1 without scopes
//   admin   an administrator's token              po      u1's worker, PRODUCT_OWNER
//   local   the socket in the data directory      dev     u1's worker, DEVELOPER
//   bot     the bot in its own name               nobody  a worker without a user, PRODUCT_OWNER
//   bot/u1  the bot for u1                        mute    u1's worker without scopes
//   bot/a   the bot for a user who is an admin
constexpr const char* kRoles[] = {"none", "wrong", "admin", "local", "bot",    "bot/u1", "bot/a",
                                  "user", "bare",  "po",    "dev",   "nobody", "mute"};

// `mine` belongs to u1, `theirs` to u2, `nobodys` to no one; each is a project with a queued task
// of the same name.
constexpr const char* kTable = R"(
                                none wrong admin local bot bot/u1 bot/a user bare  po  dev nobody mute
GET /health                      200  200   200   200  200   200   200   200  200  200  200   200   200
GET /readyz                      200  200   200   200  200   200   200   200  200  200  200   200   200
GET /livez                       200  200   200   200  200   200   200   200  200  200  200   200   200
GET /openapi.json                200  200   200   200  200   200   200   200  200  200  200   200   200
GET /metrics                     401  401   404   404  403   403   403   403  403  403  403   403   403
POST /api/webhooks/github        404  404   404   404  404   404   404   404  404  404  404   404   404
GET /api/daemons                 401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/work                    401  401   200   200  200   200   200   200  403  200  403   200   403
GET /api/schedule                401  401   200   200  200   200   200   403  403  403  403   403   403
POST /api/schedule/none/run      401  401   404   404  403   403   403   403  403  403  403   403   403
POST /api/daemons/none/forget     401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/queues                  401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/queues/none/dead_letters 401 401   404   404  403   403   403   403  403  403  403   403   403
POST /api/queues/none/dead_letters/1-0/requeue 401 401 404 404 403 403 403 403 403 403 403 403 403
POST /api/queues/none/dead_letters/1-0/drop    401 401 404 404 403 403 403 403 403 403 403 403 403
GET /api/settings                401  401   200   200  403   403   403   403  403  403  403   403   403
PUT /api/settings/none           401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/setting_changes         401  401   200   200  403   403   403   403  403  403  403   403   403
GET /nothing                     401  401   404   404  404   404   404   404  404  404  404   404   404
PUT /api/tasks                   401  401   405   405  405   405   405   405  405  405  405   405   405

GET /api/projects                401  401   200   200  200   200   200   200  403  200  200   200   403
GET /api/projects/mine           401  401   200   200  200   200   200   200  403  200  200   404   403
GET /api/projects/theirs         401  401   200   200  200   404   200   404  403  404  404   404   403
GET /api/projects/nobodys        401  401   200   200  200   404   200   404  403  404  404   404   403
GET /api/projects/missing        401  401   404   404  404   404   404   404  403  404  404   404   403
POST /api/projects               401  401   201   201  403   201   201   201  403  201  403   403   403
PATCH /api/projects/mine         401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/projects/theirs       401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/projects/mine        401  401   409   409  403   403   403   403  403  403  403   403   403
GET /api/projects/mine/secrets         401 401 200 200 200 200 200 200 403 200 403 404 403
GET /api/projects/theirs/secrets       401 401 200 200 200 404 200 404 403 404 403 404 403
PUT /api/projects/mine/secrets/NEW     401 401 204 204 403 204 204 204 403 204 403 404 403
PUT /api/projects/theirs/secrets/NEW   401 401 204 204 403 404 204 404 403 404 403 404 403
DELETE /api/projects/mine/secrets/OLD  401 401 204 204 403 204 204 204 403 204 403 404 403
DELETE /api/projects/theirs/secrets/OLD 401 401 204 204 403 404 204 404 403 404 403 404 403
DELETE /api/projects/mine/secrets/NONE 401 401 404 404 403 404 404 404 403 404 403 404 403

GET /api/projects/mine/domains           401 401 200 200 200 200 200 200 403 200 403 404 403
GET /api/projects/theirs/domains         401 401 200 200 200 404 200 404 403 404 403 404 403
PUT /api/projects/mine/domains/a.b       401 401 409 409 403 409 409 409 403 409 403 404 403
PUT /api/projects/theirs/domains/a.b     401 401 409 409 403 404 409 404 403 404 403 404 403
DELETE /api/projects/mine/domains/a.b    401 401 404 404 403 404 404 404 403 404 403 404 403
GET /api/projects/mine/documents         401 401 200 200 200 200 200 200 403 200 200 404 403
GET /api/projects/theirs/documents       401 401 200 200 200 404 200 404 403 404 404 404 403
GET /api/projects/mine/documents/search?query=x   401 401 200 200 200 200 200 200 403 200 200 404 403
GET /api/projects/theirs/documents/search?query=x 401 401 200 200 200 404 200 404 403 404 404 404 403

GET /api/tasks                   401  401   200   200  200   200   200   200  403  200  200   200   403
GET /api/tasks/mine              401  401   200   200  200   200   200   200  403  200  200   404   403
GET /api/tasks/theirs            401  401   200   200  200   404   200   404  403  404  404   404   403
GET /api/tasks/nobodys           401  401   200   200  200   404   200   404  403  404  404   404   403
POST /api/tasks mine             401  401   201   201  403   201   201   201  403  201  403   403   403
POST /api/tasks theirs           401  401   201   201  403   404   201   404  403  404  403   403   403
POST /api/tasks missing          401  401   404   404  403   404   404   404  403  404  403   403   403
POST /api/tasks remove           401  401   201   201  403   201   201   201  403  403  403   403   403
PATCH /api/tasks/mine cancel     401  401   200   200  403   200   200   200  403  200  403   404   403
PATCH /api/tasks/theirs cancel   401  401   200   200  403   404   200   404  403  404  403   404   403
PATCH /api/tasks/mine run        401  401   200   200  403   403   403   403  403  403  403   404   403
DELETE /api/tasks/mine           401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/task_executions         401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/task_executions/mine    401  401   200   200  403   403   403   403  403  403  403   403   403
POST /api/task_executions        401  401   201   201  403   403   403   403  403  403  403   403   403
PATCH /api/task_executions/mine  401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/task_executions/mine 401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/flows                   401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/flows/missing           401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/flows/missing/steps     401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/flows/missing/effects   401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/graphs                  401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/egress/refusals         401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/audit_log               401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/workers                 401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/workers/missing         401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/workers/missing/transcript 401 401 404   404  403   403   403   403  403  403  403   403   403
GET /api/workers/missing/files   401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/workers/missing/file    401  401   404   404  403   403   403   403  403  403  403   403   403
GET /api/commands                401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/commands/missing        401  401   404   404  404   404   404   404  403  404  403   404   403
POST /api/commands mine          401  401   201   201  403   201   201   201  403  201  403   403   403
POST /api/commands theirs        401  401   201   201  403   404   201   404  403  404  403   403   403
POST /api/commands pause         401  401   201   201  403   403   403   403  403  403  403   403   403
POST /api/commands redeploy      401  401   201   201  403   201   201   201  403  201  403   403   403
POST /api/commands redeploy-theirs 401 401  201   201  403   404   201   404  403  404  403   403   403

GET /api/users                   401  401   200   200  200   403   403   403  403  403  403   403   403
GET /api/users/u1                401  401   200   200  200   403   403   403  403  403  403   403   403
POST /api/users                  401  401   201   201  201   403   403   403  403  403  403   403   403
POST /api/users admin            401  401   201   201  403   403   403   403  403  403  403   403   403
PATCH /api/users/u1              401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/users/free           401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/conversations           401  401   403   403  403   200   200   200  403  403  403   403   403
GET /api/chat                    401  401   200   200  403   200   200   200  403  403  403   403   403
POST /api/chat                   401  401   201   201  403   201   201   201  403  403  403   403   403

GET /api/servers                 401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/servers                401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/servers/one             401  401   200   200  200   200   200   200  403  200  403   404   403
POST /api/servers/one/provision  401  401   409   409  403   403   403   403  403  403  403   403   403
POST /api/servers/one/release    401  401   409   409  403   403   403   403  403  403  403   403   403
PATCH /api/servers/one           401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/servers/one          401  401   409   409  403   403   403   403  403  403  403   403   403

GET /api/incidents               401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/incidents              401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/incidents/one           401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/incidents/one         401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/incidents/one        401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/service_deployments     401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/service_deployments    401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/deployment_health       401  401   200   200  200   200   200   200  403  200  403   200   403
GET /api/service_deployments/one 401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/service_deployments/one 401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/service_deployments/one 401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/allocations             401  401   200   200  403   403   403   403  403  403  403   403   403
POST /api/allocations            401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/allocations/one         401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/allocations/one       401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/allocations/one      401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/agent_configs           401  401   200   200  403   403   403   403  403  403  403   403   403
POST /api/agent_configs          401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/agent_configs/one       401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/agent_configs/one     401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/agent_configs/one    401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/api_keys                401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/api_keys               401  401   201   201  403   201   201   201  403  201  403   403   403
POST /api/api_keys wide          401  401   201   201  403   201   201   403  403  403  403   403   403
GET /api/api_keys/one            401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/api_keys/one          401  401   200   200  403   404   404   404  403  404  403   404   403
DELETE /api/api_keys/one         401  401   204   204  403   403   403   403  403  403  403   403   403

POST /api/web_links              401  401   201   403  403   403   403   403  403  403  403   403   403
GET /api/web_sessions            401  401   200   200  200   200   200   403  403  403  403   403   403
DELETE /api/web_sessions/one     401  401   404   404  403   404   404   403  403  403  403   403   403

GET /api/reminders               401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/reminders              401  401   403   403  403   201   201   201  403  201  403   403   403
DELETE /api/reminders/none       401  401   404   404  403   404   404   404  403  404  403   404   403

GET /api/usage                   401  401   200   200  200   200   200   200  403  200  403   200   403
GET /api/usage?by=model          401  401   200   200  200   403   200   403  403  403  403   403   403
GET /api/usage?by=day            401  401   200   200  200   200   200   200  403  200  403   200   403
GET /api/budgets                 401  401   200   200  200   200   200   200  403  200  403   200   403
POST /api/budgets mine           401  401   200   200  403   200   200   403  403  403  403   403   403
POST /api/budgets theirs         401  401   200   200  403   404   200   403  403  403  403   403   403
POST /api/budgets all            401  401   200   200  403   403   403   403  403  403  403   403   403

GET /api/available_models        401  401   200   200  403   403   403   403  403  403  403   403   403
POST /api/available_models       401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/available_models/one    401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/available_models/one  401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/available_models/one 401  401   204   204  403   403   403   403  403  403  403   403   403

GET /api/rag                     401  401   200   200  403   403   403   403  403  403  403   403   403
POST /api/rag                    401  401   201   201  403   403   403   403  403  403  403   403   403
GET /api/rag/search?query=x      401  401   200   200  403   403   403   403  403  403  403   403   403
GET /api/rag/one                 401  401   200   200  403   403   403   403  403  403  403   403   403
PATCH /api/rag/one               401  401   200   200  403   403   403   403  403  403  403   403   403
DELETE /api/rag/one              401  401   204   204  403   403   403   403  403  403  403   403   403
)";

struct Line {
    std::string method;
    std::string target;
    std::string what;  // the word after the target in the table
    std::vector<int> expected;
};

std::vector<Line> lines_of_table() {
    std::vector<Line> lines;
    std::istringstream table(kTable);
    for (std::string text; std::getline(table, text);) {
        std::istringstream words(text);
        Line line;
        std::string word;
        if (!(words >> line.method >> line.target) || line.method == "none") continue;
        while (words >> word)
            if (word.find_first_not_of("0123456789") == std::string::npos)
                line.expected.push_back(std::stoi(word));
            else
                line.what = word;
        lines.push_back(std::move(line));
    }
    return lines;
}

// The rows that one cell of the table uses, so that cells do not affect each other.
struct Cell {
    const Served& served;
    std::string mark;

    std::string name(const std::string& word) const { return word + "-" + mark; }

    Result<void> prepare(Transaction& tx) const {
        for (const char* word : {"mine", "theirs", "nobodys"}) {
            const std::string owner = std::string(word) == "mine"     ? "u1"
                                      : std::string(word) == "theirs" ? "u2"
                                                                      : "";
            Result<void> put = served.put_project(tx, name(word), owner);
            if (put) put = served.put_task(tx, name(word), name(word));
            if (put)
                put = project_secrets::put(tx, name(word), "OLD", "sealed", served.clock.now());
            if (!put) return put;
        }
        contracts::TaskExecution execution;
        execution.id = name("mine");
        execution.task_id = name("mine");
        execution.worker_id = "w";
        execution.created_at = served.clock.now();
        if (Result<void> put = task_executions::insert(tx, execution); !put) return put;
        if (Result<void> put = prepare_managed(tx); !put) return put;
        return served.put_user(tx, name("free"), name("t"));
    }

    Ask ask(const Line& line) const {
        Ask ask{line.method, line.target};
        for (const char* word : {"mine", "theirs", "nobodys", "free", "one"})
            if (ask.target.ends_with(std::string("/") + word)) ask.target += "-" + mark;
        for (const char* word : {"/mine/", "/theirs/", "/one/"})
            if (const auto at = ask.target.find(word); at != std::string::npos)
                ask.target.insert(at + std::strlen(word) - 1, "-" + mark);
        if (line.method == "POST" || line.method == "PATCH" || line.method == "PUT")
            ask.body = body(line);
        return ask;
    }

private:
    // One of each kind of object that administrators manage.
    Result<void> prepare_managed(Transaction& tx) const {
        const std::string one = name("one");
        const contracts::Timestamp now = served.clock.now();
        Result<void> put = servers::insert(
            tx, {one, "s", one, "192.0.2.1", contracts::ServerStatus::active, "static", {}, {}},
            now);
        if (put)
            put = incidents::insert(tx, {one,
                                         one,
                                         contracts::Severity::low,
                                         contracts::IncidentStatus::open,
                                         "t",
                                         {},
                                         now,
                                         {}});
        if (put)
            put = service_deployments::insert(
                tx, {one, name("mine"), one, "web", 80, "up", {}, now}, now);
        if (put) put = allocations::insert(tx, {one, one, name("mine"), "web", 80, now}, now);
        if (put)
            put = agent_configs::insert(tx, {one, "c", contracts::AgentType::claude, "m", "", true},
                                        now);
        if (put) put = available_models::insert(tx, {one, "p", "m", {}, {}, {}}, now);
        if (put) put = rag_documents::insert(tx, {one, "s", one, "text", now});
        if (!put) return put;
        contracts::ApiKey row;
        row.id = one;
        row.name = "k";
        row.created_at = now;
        const Result<std::string> key = api_keys::insert(tx, row, {.name = "local"});
        return key ? Result<void>() : Result<void>(fail(key.error()));
    }

    Json body(const Line& line) const {
        const bool is_new = line.method == "POST";
        const std::string one = name("one");
        if (line.target == "/api/servers")
            return {{"name", "s"},
                    {"handle", name("h")},
                    {"ip_address", "192.0.2.2"},
                    {"provider_id", "static"}};
        if (line.target == "/api/commands" && line.what.starts_with("redeploy"))
            return {{"target", "project"},
                    {"target_id", name(line.what == "redeploy" ? "mine" : "theirs")},
                    {"command", "redeploy"}};
        if (line.target == "/api/commands") {
            const bool pause = line.what == "pause";
            Json body{{"target", "task"},
                      {"target_id", name(pause ? "mine" : line.what)},
                      {"command", pause ? "pause" : "answer"}};
            if (!pause) body["text"] = "yes";
            return body;
        }
        if (line.target == "/api/chat") return {{"text", "hello"}};
        if (line.target == "/api/reminders") return {{"text", "look"}, {"in_seconds", 60}};
        if (line.target == "/api/budgets") {
            if (line.what == "all") return {{"scope", "all"}, {"cap_usd", 20}};
            return {{"scope", "project"}, {"subject", name(line.what)}, {"cap_usd", 20}};
        }
        if (line.target == "/api/incidents") return {{"server_id", one}, {"title", "t"}};
        if (line.target == "/api/service_deployments" || line.target == "/api/allocations") {
            Json body{{"server_id", one},
                      {"project_id", name("mine")},
                      {"service_name", "api"},
                      {"port", 81}};
            if (line.target == "/api/service_deployments") body["status"] = "up";
            return body;
        }
        if (line.target.starts_with("/api/service_deployments")) return {{"status", "down"}};
        if (line.target.starts_with("/api/allocations")) return {{"port", 82}};
        if (line.target.starts_with("/api/incidents")) return {{"status", "resolved"}};
        if (line.target == "/api/agent_configs") return {{"name", "c"}, {"model", "m"}};
        if (line.target == "/api/api_keys")
            return {{"name", "k"}, {"scopes", {line.what == "wide" ? "*" : "project.*"}}};
        if (line.target.starts_with("/api/api_keys")) return {{"revoked", true}};
        if (line.target == "/api/available_models") return {{"provider", "p"}, {"name", "m"}};
        if (line.target == "/api/rag")
            return {{"source", "s"}, {"path", name("p")}, {"text", "words"}};
        if (line.target.starts_with("/api/rag")) return {{"text", "other words"}};
        for (const char* path : {"servers", "agent_configs", "available_models"})
            if (!is_new && line.target.starts_with(std::string("/api/") + path))
                return {{"name", "changed"}};
        if (line.method == "PUT") return {{"value", "v"}};
        if (line.target == "/api/projects") return {{"name", "shop"}};
        if (line.target == "/api/tasks" && line.what == "remove")
            return {{"project_id", name("mine")}, {"type", "deploy"}, {"spec", "remove"}};
        if (line.target == "/api/tasks")
            return {{"project_id", line.what == "missing" ? "missing" : name(line.what)},
                    {"type", "engineering"}};
        if (line.what == "cancel") return {{"status", "cancelled"}};
        if (line.what == "run") return {{"status", "running"}};
        if (line.target == "/api/task_executions") return {{"id", mark}, {"worker_id", "w"}};
        if (line.target.starts_with("/api/task_executions")) return {{"exit_code", 0}};
        if (line.target == "/api/users")
            return {{"telegram_id", name("new")}, {"is_admin", line.what == "admin"}};
        if (line.target.starts_with("/api/users")) return {{"is_admin", false}};
        return {{"description", "changed"}};
    }
};

struct Doors {
    explicit Doors(const Served& served) : served_(served) {
        served.add_user("u1", "1001");
        served.add_user("u2", "1002");
        served.add_user("boss", "1003", true);
        const std::vector<std::string> all{"*"};
        const std::vector<std::string> po{"PRODUCT_OWNER"};
        const std::string bot = served.token(
            {.name = "bot", .role = TokenRole::bot, .scopes = all, .speaks_for_users = true});
        tokens_["admin"] = served.token({.name = "a", .role = TokenRole::admin, .scopes = all});
        tokens_["bot"] = tokens_["bot/u1"] = tokens_["bot/a"] = bot;
        tokens_["user"] =
            served.token({.name = "u", .role = TokenRole::user, .user_id = "u1", .scopes = po});
        tokens_["bare"] = served.token({.name = "b", .role = TokenRole::user, .user_id = "u1"});
        tokens_["wrong"] = "orch_" + std::string(12, '0') + "_" + std::string(48, '0');
        doors_["local"] = served.local;
        const auto worker = [&](const char* role, const char* user,
                                const std::vector<std::string>& allowed) {
            doors_[role] = served.api->handler_for(Caller::worker(role, user, allowed));
        };
        served.run_worker("po");
        worker("po", "u1", po);
        worker("dev", "u1", {"DEVELOPER"});
        worker("nobody", "", po);
        worker("mute", "u1", {});
    }

    HttpResponse ask(const std::string& role, Ask ask) const {
        if (const auto door = doors_.find(role); door != doors_.end())
            return served_.ask(door->second, ask);
        if (role == "bot/u1") ask.headers.push_back({"X-Telegram-ID", "1001"});
        if (role == "bot/a") ask.headers.push_back({"X-Telegram-ID", "1003"});
        if (role == "none") return served_.ask(served_.tcp, ask);
        return served_.ask_with(tokens_.at(role), std::move(ask));
    }

private:
    const Served& served_;
    std::map<std::string, std::string> tokens_;
    std::map<std::string, HttpHandler> doors_;
};

}  // namespace

TEST_CASE("every role gets from every route what the table says, and a refusal changes nothing") {
    const Served served;
    const Doors doors(served);
    int count = 0;
    for (const Line& line : lines_of_table()) {
        REQUIRE(line.expected.size() == std::size(kRoles));
        std::vector<Cell> cells;
        for (std::size_t role = 0; role < std::size(kRoles); ++role)
            cells.push_back({served, std::to_string(++count)});
        served.write([&](Transaction& tx) {
            Result<void> put;
            for (const Cell& cell : cells)
                if (put) put = cell.prepare(tx);
            return put;
        });
        for (std::size_t role = 0; role < std::size(kRoles); ++role) {
            const Cell& cell = cells[role];
            const std::string before = served.everything();
            const HttpResponse answer = doors.ask(kRoles[role], cell.ask(line));
            INFO(kRoles[role] << ": " << line.method << " " << line.target << " " << line.what
                              << "\n"
                              << answer.body);
            CHECK(answer.status == line.expected[role]);
            if (answer.status >= 400) {
                CHECK(answer.header("Content-Type") == "application/problem+json");
                CHECK(served.everything() == before);
            }
        }
    }
    CHECK(count > 400);
}

TEST_CASE("the table of roles knows every route") {
    std::set<const Route*> covered;
    for (const Line& line : lines_of_table())
        if (const Route* route =
                match_route(line.method, line.target.substr(0, line.target.find('?'))).route)
            covered.insert(route);
    for (const Route& route : routes()) {
        INFO(route.method << " " << route.pattern);
        CHECK(covered.contains(&route));
    }
}

TEST_CASE("lists show a caller his own rows and an administrator all") {
    const Served served;
    const Doors doors(served);
    const Cell cell{served, "x"};
    served.write([&](Transaction& tx) { return cell.prepare(tx); });
    const auto ids = [&](const char* role, const char* path) {
        std::set<std::string> all;
        for (const Json& item : json_of(doors.ask(role, {"GET", path})))
            all.insert(item.at("id").get<std::string>());
        return all;
    };
    using Ids = std::set<std::string>;
    for (const char* path : {"/api/projects", "/api/tasks"}) {
        for (const char* role : {"user", "bot/u1", "po", "dev"})
            CHECK(ids(role, path) == Ids{"mine-x"});
        for (const char* role : {"admin", "local", "bot", "bot/a"})
            CHECK(ids(role, path) == Ids{"mine-x", "theirs-x", "nobodys-x"});
        CHECK(ids("nobody", path).empty());
    }
    CHECK(ids("po", "/api/tasks?project_id=theirs-x").empty());
    CHECK(ids("po", "/api/projects?owner_id=u2").empty());
}

TEST_CASE("a conversation is read by its user alone, an administrator included") {
    const Served served;
    const Doors doors(served);
    served.write([&](Transaction& tx) -> Result<void> {
        for (const char* user : {"u1", "u2", "boss"})
            for (const char* part : {"-a", "-b"})
                if (Result<void> put =
                        conversations::insert(tx, {.id = std::string(user) + part,
                                                   .user_id = user,
                                                   .channel = contracts::Channel::terminal,
                                                   .role = contracts::Speaker::user,
                                                   .text = "hello",
                                                   .created_at = served.clock.now()});
                    !put)
                    return put;
        return {};
    });
    const auto ids = [&](const char* role, const char* path) {
        std::vector<std::string> all;
        for (const Json& item : json_of(doors.ask(role, {"GET", path})))
            all.push_back(item.at("id").get<std::string>());
        return all;
    };
    for (const char* role : {"user", "bot/u1"})
        CHECK(ids(role, "/api/conversations") == std::vector<std::string>{"u1-b", "u1-a"});
    CHECK(ids("bot/a", "/api/conversations") == std::vector<std::string>{"boss-b", "boss-a"});
    CHECK(ids("user", "/api/conversations?role=owner").empty());
    CHECK(ids("user", "/api/conversations?limit=1").size() == 1);
    CHECK(doors.ask("user", {"GET", "/api/conversations?role=nobody"}).status == 422);
}

TEST_CASE("what a caller makes is his") {
    const Served served;
    const Doors doors(served);
    for (const char* role : {"user", "bot/u1", "po"}) {
        const Json made = json_of(doors.ask(role, {"POST", "/api/projects", {{"name", "shop"}}}));
        CHECK(made.at("owner_id") == "u1");
        CHECK(made.at("status") == "draft");
    }
    // No caller can choose the owner, id or status of an object by sending one.
    const Json sly = json_of(doors.ask(
        "po", {"POST",
               "/api/projects",
               {{"name", "shop"}, {"owner_id", "u2"}, {"id", "chosen"}, {"status", "active"}}}));
    CHECK(sly.at("owner_id") == "u1");
    CHECK(sly.at("id") != "chosen");
    CHECK(sly.at("status") == "draft");
}

TEST_CASE("the type of a task needs the command that starts it") {
    const Served served;
    served.add_project("p", "u1");
    const auto status = [&](std::vector<std::string> allowed, const char* type) {
        const HttpHandler door = served.api->handler_for(Caller::worker("w", "u1", allowed));
        return served.ask(door, {"POST", "/api/tasks", {{"project_id", "p"}, {"type", type}}})
            .status;
    };
    CHECK(status({"project.create"}, "deploy") == 403);
    // A token with only project.create may start a project's first task, and no other.
    CHECK(status({"project.create"}, "engineering") == 201);
    CHECK(status({"project.create"}, "engineering") == 403);
    CHECK(status({"engineering.start"}, "engineering") == 201);
    CHECK(status({"engineering.start"}, "deploy") == 403);
    CHECK(status({"deploy.*"}, "deploy") == 201);
    CHECK(status({"deploy.*"}, "engineering") == 403);
    CHECK(status({"*"}, "deploy") == 201);
}

TEST_CASE("a task is read and cancelled with the commands of its own type alone") {
    const Served served;
    served.add_user("u1", "1001");
    served.add_project("p", "u1");
    served.add_task("built", "p");
    served.write([&](Transaction& tx) {
        contracts::Task task;
        task.id = "deployed";
        task.project_id = "p";
        task.type = contracts::TaskType::deploy;
        return tasks::insert(tx, task);
    });
    struct Case {
        const char* allowed;
        int reads_built, reads_deployed, cancels_built, cancels_deployed;
    };
    for (const Case& one :
         {Case{"engineering.status", 200, 403, 403, 403},
          Case{"engineering.wait", 200, 403, 403, 403}, Case{"deploy.status", 403, 200, 403, 403},
          Case{"deploy.wait", 403, 200, 403, 403}, Case{"deploy.*", 403, 200, 403, 403},
          Case{"engineering.cancel", 200, 403, 200, 403}, Case{"project.*", 403, 403, 403, 403},
          Case{"*", 200, 200, 200, 200}}) {
        CAPTURE(one.allowed);
        const std::string token = served.token(
            {.name = "t", .role = TokenRole::user, .user_id = "u1", .scopes = {one.allowed}});
        for (const HttpHandler& door :
             {served.tcp, served.api->handler_for(Caller::worker("w", "u1", {one.allowed}))}) {
            const auto status = [&](const char* method, const char* id) {
                Ask ask{method, std::string("/api/tasks/") + id};
                ask.headers = {{"Authorization", "Bearer " + token}};
                if (ask.method == "PATCH") ask.body = {{"status", "cancelled"}};
                return served.ask(door, ask).status;
            };
            CHECK(status("GET", "built") == one.reads_built);
            CHECK(status("GET", "deployed") == one.reads_deployed);
            CHECK(status("PATCH", "built") == one.cancels_built);
            CHECK(status("PATCH", "deployed") == one.cancels_deployed);
        }
    }
}

TEST_CASE("X-Telegram-ID counts only from a token that speaks for users") {
    const Served served;
    served.add_user("u1", "1001");
    const std::string user =
        served.token({.name = "u", .role = TokenRole::user, .user_id = "u1", .scopes = {"*"}});
    const std::string bot = served.token(
        {.name = "bot", .role = TokenRole::bot, .scopes = {"*"}, .speaks_for_users = true});
    const auto as = [&](const std::string& token, const char* telegram_id) {
        return served.ask_with(token,
                               {"GET", "/api/projects", {}, {{"X-Telegram-ID", telegram_id}}});
    };
    CHECK(as(bot, "1001").status == 200);
    for (const auto& [token, telegram_id] :
         {std::pair{user, "1001"}, std::pair{bot, "9999"}, std::pair{bot, "1001' OR 1=1"}}) {
        const HttpResponse refused = as(token, telegram_id);
        CHECK(refused.status == 403);
        CHECK(json_of(refused).at("field") == "X-Telegram-ID");
    }
}

TEST_CASE("a 401 says how to come in, and the scheme is read in any case") {
    const Served served;
    const std::string admin =
        served.token({.name = "a", .role = TokenRole::admin, .scopes = {"*"}});
    const auto with = [&](const std::string& header) {
        return served.ask(served.tcp, {"GET", "/api/projects", {}, {{"Authorization", header}}});
    };
    for (const std::string& header : {std::string(), std::string("Bearer"), "Bearer  " + admin,
                                      "Basic " + admin, admin, "Bearer " + admin + " "}) {
        const HttpResponse refused = with(header);
        CHECK(refused.status == 401);
        CHECK(refused.header("WWW-Authenticate") == "Bearer");
    }
    CHECK(with("bearer " + admin).status == 200);
    CHECK(with("BEARER " + admin).status == 200);
}

}  // namespace control

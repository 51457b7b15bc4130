#include "cli/common_options.h"
#include "cli/selection.h"
#include "contracts/fields/read.h"
#include "contracts/messages/deploy.h"
#include "contracts/messages/engineering.h"
#include "contracts/messages/graph_command.h"
#include "tests/support/child_process.h"
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace cli {

namespace {

using contracts::AgentAction;
using contracts::AgentRequest;
using contracts::Json;

// One call of each command that sends something, as a person would type it.
struct Call {
    std::string permission;
    std::vector<std::string> arguments;
};
const Call kCalls[] = {
    {"project.create", {"project", "create", "--name", "blog", "--start", "--spec", "a blog"}},
    {"project.list", {"project", "list", "--limit", "5", "--cursor", "a/b"}},
    {"project.get", {"project", "get", "p1"}},
    {"project.tasks", {"project", "tasks", "p1"}},
    {"project.secret_set",
     {"project", "secret", "set", "TOKEN", "--project", "p1", "--value-file", "/etc/hostname"}},
    {"project.secret_list", {"project", "secret", "list", "--project", "p1"}},
    {"project.secret_unset", {"project", "secret", "unset", "TOKEN", "--project", "p1"}},
    {"engineering.start", {"engineering", "start", "--project", "p1", "--spec", "a blog"}},
    {"engineering.status", {"engineering", "status", "t1"}},
    {"engineering.wait", {"engineering", "wait", "t1", "--timeout", "1"}},
    {"engineering.cancel", {"engineering", "cancel", "t1"}},
    {"engineering.answer", {"engineering", "answer", "t1", "use PostgreSQL"}},
    {"deploy.start", {"deploy", "start", "--project", "p1"}},
    {"deploy.stop", {"deploy", "stop", "--project", "p1"}},
    {"deploy.logs", {"deploy", "logs", "--project", "p1"}},
    {"deploy.status", {"deploy", "status", "t1"}},
    {"deploy.wait", {"deploy", "wait", "t1", "--timeout", "1"}},
    {"deploy.answer", {"deploy", "answer", "t1", "the secret is set"}},
    {"domain.list", {"domain", "list", "--project", "p1"}},
    {"domain.add", {"domain", "add", "shop.example.org", "--project", "p1"}},
    {"domain.remove", {"domain", "remove", "shop.example.org", "--project", "p1"}},
    {"docs.list", {"docs", "list", "--project", "p1"}},
    {"docs.search", {"docs", "search", "how is it deployed", "--project", "p1"}},
    {"infra.servers", {"infra", "servers"}},
    {"infra.show", {"infra", "show", "s1"}},
    {"infra.add",
     {"infra", "add", "--handle", "web-1", "--address", "192.0.2.1", "--provider-id", "101"}},
    {"infra.provision", {"infra", "provision", "s1"}},
    {"infra.release", {"infra", "release", "s1"}},
    {"infra.reserve_port",
     {"infra", "reserve-port", "--server", "s1", "--project", "p1", "--service", "web", "--port",
      "8100"}},
    {"infra.incidents", {"infra", "incidents"}},
    {"infra.resolve", {"infra", "resolve", "i1"}},
    {"schedule.list", {"schedule", "list"}},
    {"schedule.run", {"schedule", "run", "server_sync"}},
    {"token.create",
     {"token", "create", "--name", "tester", "--allow", "project.get", "--expires-in", "60"}},
    {"token.list", {"token", "list"}},
    {"token.revoke", {"token", "revoke", "k1"}},
    {"remind", {"remind", "--in", "2h", "look again"}},
    {"reminder.list", {"reminder", "list"}},
    {"reminder.cancel", {"reminder", "cancel", "r1"}},
    {"usage", {"usage", "--by", "day", "--project", "p1", "--since", "2026-01-31"}},
    {"budget.show", {"budget", "show"}},
    {"budget.set", {"budget", "set", "--project", "p1", "--usd", "20", "--per-day"}},
    {"web.link", {"web", "link"}},
    {"web.sessions", {"web", "sessions"}},
    {"web.end", {"web", "end", "s1"}},
    {"respond", {"respond", "--message", "half done"}},
    {"diagnose.api", {"diagnose", "api"}},
    {"diagnose.redis", {"diagnose", "redis"}},
    {"diagnose.projects", {"diagnose", "projects"}},
    {"diagnose.infra", {"diagnose", "infra"}},
    {"diagnose.work", {"diagnose", "work"}},
};

// Commands that only people use, mostly administrators: a worker has no access to them, whatever
// its permissions.
const Call kPeoplesCalls[] = {
    {"project.delete", {"project", "delete", "p1", "--yes"}},
    {"queue.list", {"queue", "list"}},
    {"queue.show", {"queue", "show", "deploy:queue"}},
    {"queue.requeue", {"queue", "requeue", "deploy:queue", "1-0"}},
    {"queue.drop", {"queue", "drop", "deploy:queue", "1-0"}},
    {"settings.list", {"settings", "list"}},
    {"settings.set", {"settings", "set", "RETENTION_INTERVAL", "60"}},
    {"settings.changes", {"settings", "changes"}},
    {"flow.list", {"flow", "list"}},
    {"flow.show", {"flow", "show", "f1"}},
    {"flow.pause", {"flow", "pause", "f1"}},
    {"flow.resume", {"flow", "resume", "f1"}},
    {"flow.retry", {"flow", "retry", "f1", "--node", "prepare"}},
    {"flow.answer", {"flow", "answer", "f1", "use PostgreSQL"}},
    {"flow.cancel", {"flow", "cancel", "f1"}},
    {"worker.list", {"worker", "list"}},
    {"worker.show", {"worker", "show", "w1"}},
    {"worker.logs", {"worker", "logs", "w1"}},
    {"worker.kill", {"worker", "kill", "w1"}},
    {"egress.list", {"egress", "list"}},
    {"audit.list", {"audit", "list"}},
    {"audit.export", {"audit", "export"}},
    {"daemon.list", {"daemon", "list"}},
    {"daemon.forget", {"daemon", "forget", "d1"}},
};

tests::AgentPeer::Handler daemon_for(const std::string& permission) {
    if (permission == "web.link")
        return [](const contracts::AgentRequest&) {
            return tests::api_reply(201, Json{{"path", "/web/#link=ab12"}});
        };
    if (permission == "docs.list" || permission == "docs.search" || permission == "domain.list")
        return [](const contracts::AgentRequest&) {
            return tests::api_reply(200, Json::array());
        };
    const bool waits = permission.ends_with(".wait") || permission.ends_with(".stop") ||
                       permission.ends_with(".logs");
    return healthy(some_project(permission == "diagnose.projects" ? "testing" : "draft"),
                   some_task(permission.starts_with("deploy") ? "deploy" : "engineering",
                             waits ? "completed" : "queued"));
}

std::vector<std::string> words_of(const CommandEntry& entry) {
    std::vector<std::string> words;
    std::string text = entry.words() + ' ';
    for (std::size_t end; (end = text.find(' ')) != std::string::npos; text.erase(0, end + 1))
        words.push_back(text.substr(0, end));
    return words;
}

}  // namespace

TEST_CASE("every command that reaches something is covered here") {
    std::set<std::string> covered;
    for (const Call& call : kCalls)
        covered.insert(call.permission);
    for (const Call& call : kPeoplesCalls)
        covered.insert(call.permission);
    std::set<std::string> reaching;
    for (const CommandEntry& entry : commands::all())
        if (entry.reach != Reach::nothing) reaching.insert(entry.permission());
    CHECK(covered == reaching);
}

TEST_CASE("a command succeeds with exactly its own permission, within what PID 1 grants it") {
    for (const Call& call : kCalls) {
        CAPTURE(call.permission);
        WorkerTerminal terminal(daemon_for(call.permission));
        terminal.environment["ALLOWED_COMMANDS"] = call.permission;
        const Run run = terminal.run(call.arguments);
        CAPTURE(run.out);
        CHECK(run.exit_code == 0);
        CHECK(run.json()["success"] == true);
        CHECK_FALSE(run.json()["message"].get<std::string>().empty());
        CHECK(terminal.peer.refusals().empty());
        CHECK_FALSE(terminal.peer.requests().empty());
        CHECK(terminal.peer.connections() == 1);
    }
}

TEST_CASE("PID 1 lets no command through that is for people, whatever the worker is allowed") {
    for (const Call& call : kPeoplesCalls) {
        CAPTURE(call.permission);
        WorkerTerminal terminal(daemon_for(call.permission));
        const Run run = terminal.run(call.arguments);
        CHECK(run.exit_code == 4);
        CHECK(terminal.peer.refusals().size() == 1);
        CHECK(terminal.peer.requests().empty());
    }
}

TEST_CASE("an answer says how it went: done, refused with the reason, or picked up by nobody") {
    const auto answering = [](Json row) {
        return [row](const AgentRequest& request) -> std::optional<std::string> {
            if (request.path->starts_with("/api/tasks/"))
                return tests::api_reply(200, some_task("engineering", "failed"));
            if (*request.method == "POST")
                return tests::api_reply(201, Json{{"id", "c1"}, {"status", "waiting"}});
            return tests::api_reply(200, row);
        };
    };
    const std::vector<std::string> words{"engineering", "answer", "t1", "-"};
    WorkerTerminal done(answering(Json{{"id", "c1"}, {"status", "done"}}));
    CHECK(done.run(words, "use PostgreSQL").exit_code == 0);
    const AgentRequest asked = done.peer.requests().at(1);
    CHECK(*asked.body == Json{{"target", "task"},
                              {"target_id", "t1"},
                              {"command", "answer"},
                              {"text", "use PostgreSQL"}});
    CHECK(asked.idempotency_key.has_value());

    WorkerTerminal refused(answering(Json{{"id", "c1"},
                                          {"status", "refused"},
                                          {"reason", "it asked nothing"},
                                          {"next_step", "wait"}}));
    const Run told = refused.run(words, "x");
    CHECK(told.exit_code == 5);
    CHECK(told.json()["message"] == "it asked nothing");
    CHECK(told.json()["details"]["next_step"] == "wait");

    WorkerTerminal nobody(answering(Json{{"id", "c1"}, {"status", "waiting"}}));
    const Run late = nobody.run(words, "x");
    CHECK(late.exit_code == 124);
    CHECK(late.json()["details"]["next_step"].get<std::string>().find("diagnose work") !=
          std::string::npos);
    CHECK(nobody.run(words, "").json()["details"]["field"] == "text");
}

TEST_CASE("a command without its permission is refused before a socket is opened") {
    for (const Call& call : kCalls) {
        CAPTURE(call.permission);
        WorkerTerminal terminal(daemon_for(call.permission));
        std::string others;
        for (const Call& other : kCalls)
            if (other.permission != call.permission)
                others.append(others.empty() ? "" : ",").append(other.permission);
        for (const std::string& allowed : {others, std::string()}) {
            terminal.environment["ALLOWED_COMMANDS"] = allowed;
            const Run run = terminal.run(call.arguments);
            CHECK(run.exit_code == 4);
            CHECK(run.json()["error"] == "PermissionDenied");
            const std::string next = run.json()["details"]["next_step"];
            CHECK(next.starts_with(allowed.empty() ? "no command is allowed" : "allowed: "));
        }
        terminal.environment.erase("ALLOWED_COMMANDS");
        CHECK(terminal.run(call.arguments).exit_code == 4);
        CHECK(terminal.peer.connections() == 0);
    }
}

TEST_CASE("version, completion and help need no permission and no environment") {
    Terminal terminal;
    terminal.environment = {{"WORKER_ID", "w"}, {"ALLOWED_COMMANDS", "["}};
    CHECK(terminal.run({"version"}).exit_code == 0);
    CHECK(terminal.run({"completion", "bash"}).exit_code == 0);
    CHECK(terminal.run({"--help"}).out.starts_with("usage: "));
    CHECK(terminal.run({"project", "--help"}).out.find("project create") != std::string::npos);
    CHECK(terminal.run({"project", "list"}).exit_code == 1);
    CHECK(terminal.run({"project", "list"}).json()["details"]["field"] == "ALLOWED_COMMANDS");
    CHECK(terminal.run({"project", "list", "--help"}).exit_code == 0);
    terminal.environment["ALLOWED_COMMANDS"] = "project.get";
    CHECK(terminal.run({"project", "list", "--help"}).out.starts_with("usage: "));
    const std::string all = terminal.run({"--help"}).out;
    CHECK(all.find("\n  project get ") != std::string::npos);
    CHECK(all.find("\n- project list ") != std::string::npos);
    CHECK(all.find("\n  version ") != std::string::npos);
    // As the value of an option, the word does not ask for help.
    CHECK(terminal.run({"respond", "--message", "--help"}).exit_code == 4);
}

TEST_CASE("help is asked for by a word, too") {
    Terminal terminal;
    const auto same = [&](const std::vector<std::string>& one,
                          const std::vector<std::string>& other) {
        const Run run = terminal.run(one);
        CHECK(run.exit_code == 0);
        CHECK(run.out.starts_with("usage: orchestrator "));
        CHECK(run.out == terminal.run(other).out);
    };
    same({"help"}, {"--help"});
    same({"help", "project"}, {"project", "--help"});
    same({"-o", "table", "help", "project"}, {"project", "--help"});
    same({"help", "project", "secret", "set"}, {"project", "secret", "set", "--help"});
    const Run unknown = terminal.run({"help", "projct"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.json()["details"]["next_step"].get<std::string>().starts_with(
        "did you mean \"project\"?"));
}

TEST_CASE("--version takes nothing behind it") {
    Terminal terminal;
    CHECK(terminal.run({"--version"}).out.starts_with("orchestrator "));
    const Run run = terminal.run({"--version", "extra"});
    CHECK(run.exit_code == 2);
    CHECK(run.json()["message"] == terminal.run({"version", "extra"}).json()["message"]);
}

TEST_CASE("a key that leaves no room for the task's own is refused before anything is made") {
    WorkerTerminal terminal(daemon_for("project.create"));
    const auto create = [&](std::size_t size, std::vector<std::string> more) {
        more.insert(more.begin(), {"project", "create", "--name", "half", "--request-id",
                                   std::string(size, 'q')});
        return terminal.run(more);
    };
    const Run refused = create(251, {"--start", "--spec", "x"});
    CHECK(refused.json()["details"]["field"] == "request_id");
    CHECK(refused.json()["message"] ==
          "request_id: must have at most 250 bytes when a task is started as well");
    CHECK(terminal.peer.requests().empty());
    CHECK(create(250, {"--start", "--spec", "x"}).exit_code == 0);
    CHECK(create(255, {}).exit_code == 0);
}

TEST_CASE("a dash is standard input where a spec or a message is given") {
    WorkerTerminal terminal(daemon_for("engineering.start"));
    CHECK(terminal.run({"engineering", "start", "--project", "p1", "--spec", "-"}, "the plan\n")
              .exit_code == 0);
    CHECK((*terminal.peer.requests()[0].body)["spec"] == "the plan\n");
    WorkerTerminal talking(daemon_for("respond"));
    CHECK(talking.run({"respond", "--message", "-"}, "it stands").exit_code == 0);
    CHECK(talking.peer.requests()[0].text == "it stands");
}

TEST_CASE("a worker whose socket is missing is told so, and not to go into a worker") {
    Terminal inside;
    inside.environment = {{"ORCHESTRATOR_SOCKET", "/nonexistent/agent.sock"},
                          {"ALLOWED_COMMANDS", "*"},
                          {"WORKER_ID", "w1"}};
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"respond", "--message", "x"},
          std::vector<std::string>{"project", "list"}}) {
        const Run run = inside.run(command);
        const Json failure = run.json();
        CAPTURE(failure.dump());
        CHECK(run.exit_code != 0);
        CHECK(failure.dump().find("/nonexistent/agent.sock") != std::string::npos);
        CHECK(failure.dump().find("inside") == std::string::npos);
        CHECK(failure["details"]["field"] == "ORCHESTRATOR_SOCKET");
    }
    // Outside a worker nothing changes.
    Terminal outside;
    outside.environment = {};
    CHECK(outside.run({"respond", "--message", "x"}).json().dump().find("inside the worker") !=
          std::string::npos);
}

TEST_CASE("a REDIS_URL that nothing is wanted from stops nothing") {
    Terminal terminal;
    terminal.environment = {{"API_URL", "unix:///nonexistent/api.sock"}, {"REDIS_URL", "junk"}};
    CHECK(terminal.run({"diagnose", "api"}).json()["details"]["field"] == "API_URL");
    CHECK(terminal.run({"project", "create", "--name", "x", "--start", "--spec", "y"})
              .json()["details"]["field"] == "REDIS_URL");
}

TEST_CASE("what does not answer is named, with what to do") {
    Terminal terminal;
    terminal.environment = {{"API_URL", "unix:///nonexistent/api.sock"},
                            {"REDIS_URL", "unix:///nonexistent/redis.sock"}};
    Json details = terminal.run({"diagnose", "api"}).json()["details"];
    CHECK(details["field"] == "API_URL");
    CHECK(details["next_step"].get<std::string>().find("orchestratord") != std::string::npos);
    details = terminal.run({"diagnose", "redis"}).json()["details"];
    CHECK(details["field"] == "REDIS_URL");
    CHECK(details["next_step"].get<std::string>().find("orchestratord") != std::string::npos);
    const Run read = terminal.run({"project", "list"});
    CHECK(read.exit_code == 75);
    CHECK(read.json()["details"]["next_step"] == "run the command again");
    details =
        terminal.run({"project", "create", "--name", "x", "--request-id", "r1"}).json()["details"];
    CHECK(details["next_step"] == "run the same command again with --request-id r1");
}

TEST_CASE("a refusal lists what is allowed, and stands where failures are looked for") {
    Terminal terminal;
    terminal.environment = {{"WORKER_ID", "w"}, {"ALLOWED_COMMANDS", "project.get,DEVOPS"}};
    const Run run = terminal.run({"project", "create", "--name", "x"});
    CHECK(run.exit_code == 4);
    CHECK(run.json()["details"]["allowed_commands"] ==
          Json{"project.get", "project.get", "project.list", "deploy.*", "infra.*", "diagnose.*"});
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"project", "create", "--name", "x", "-q"},
          std::vector<std::string>{"project", "frob", "-q"},
          std::vector<std::string>{"project", "list", "--quiet", "--limit"}}) {
        const Run quiet = terminal.run(arguments);
        CHECK(quiet.exit_code != 0);
        CHECK(quiet.out.empty());
        CHECK(quiet.err.starts_with("{\"success\":false"));
    }
}

TEST_CASE("an empty list of tasks says that the id may be wrong") {
    WorkerTerminal terminal([](const contracts::AgentRequest& request) {
        return tests::api_reply(200, request.path->ends_with("project_id=p1")
                                         ? Json::array({Json{{"id", "t1"}}})
                                         : Json::array());
    });
    CHECK(terminal.run({"project", "tasks", "p1"}).json()["message"] == "1 found");
    const Run empty = terminal.run({"project", "tasks", "p2"});
    CHECK(empty.exit_code == 0);
    CHECK(empty.json()["data"] == Json::array());
    const std::string message = empty.json()["message"];
    CHECK(message.find("no project p2") != std::string::npos);
    CHECK(message.find("orchestrator project list") != std::string::npos);
}

TEST_CASE("a token's commands are commands, and the token is printed whole") {
    const std::string key = "orch_0123456789ab_" + std::string(48, 'f');
    WorkerTerminal terminal([&](const contracts::AgentRequest&) {
        return tests::api_reply(201, Json{{"id", "k1"}, {"key", key}});
    });
    const std::vector<std::string> words{"token", "create", "--name", "n", "--allow"};
    const auto run = [&](std::vector<std::string> more) {
        more.insert(more.begin(), words.begin(), words.end());
        return terminal.run(more);
    };
    const Json mistaken = run({"project.get,project.secret.set"}).json();
    CHECK(mistaken["details"]["field"] == "allow");
    CHECK(mistaken["details"]["next_step"] == "did you mean project.secret_set?");
    const Json unknown = run({"project.get,project.sekret_set"}).json();
    CHECK(unknown["details"]["field"] == "allow[1]");
    CHECK(unknown["details"]["next_step"] == "did you mean project.secret_set?");
    CHECK(terminal.peer.requests().empty());
    CHECK(run({"DEVELOPER,token.*", "-q"}).out == key + "\n");
    CHECK(run({"*", "-o", "table"}).out.find(key) != std::string::npos);
    CHECK(run({"*", "--speaks-for-users"}).exit_code == 0);
    CHECK((*terminal.peer.requests().back().body)["speaks_for_users"] == true);
    CHECK(run({"*", "--user", "u1"}).exit_code == 0);
    CHECK((*terminal.peer.requests().back().body)["user_id"] == "u1");
    CHECK(run({"*", "--user", "u1", "--speaks-for-users"}).exit_code == 2);
    CHECK(terminal.run({"token", "create", "--name", "n", "--worker", "w1"}).exit_code == 0);
    CHECK((*terminal.peer.requests().back().body)["worker_id"] == "w1");
    CHECK((*terminal.peer.requests().back().body)["scopes"] == Json::array());
    CHECK(run({"*", "--worker", "w1", "--user", "u1"}).exit_code == 2);

    // The key is shown once: a repeated answer without it, or a malformed one, is an error.
    for (const Json& answer : {Json{{"id", "k1"}}, Json::array(), Json{{"key", 7}}}) {
        WorkerTerminal again(
            [&](const contracts::AgentRequest&) { return tests::api_reply(200, answer); });
        const Run told = again.run({"token", "create", "--name", "n", "--allow", "*", "-q"});
        CHECK(told.exit_code == 5);
        CHECK(told.out.empty());
        const std::string id = answer.is_object() && answer.contains("id") ? "k1" : "ID";
        CHECK(told.err.find("orchestrator token revoke " + id) != std::string::npos);
    }
}

TEST_CASE("every command explains itself") {
    Terminal terminal;
    for (const CommandEntry& entry : commands::all()) {
        std::vector<std::string> arguments = words_of(entry);
        arguments.emplace_back("--help");
        const Run run = terminal.run(arguments);
        CHECK(run.exit_code == 0);
        CHECK(run.out.starts_with("usage: orchestrator " + entry.words()));
        CHECK(run.out.find("example:\n  orchestrator " + std::string(entry.example) + "\n") !=
              std::string::npos);
        CHECK((entry.reach == Reach::nothing) !=
              run.out.ends_with("permission: " + entry.permission() + "\n"));
    }
}

TEST_CASE("every example is a call of its own command") {
    for (const CommandEntry& entry : commands::all()) {
        // The words as a shell would split them.
        const std::string words = tests::run_successfully(
            {.argv = {"bash", "-c",
                      "for word in " +
                          std::string(entry.example).substr(0, entry.example.find('>')) +
                          "; do printf '%s\\n' \"$word\"; done"}});
        std::vector<std::string_view> arguments;
        for (std::string_view rest = words; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
            arguments.push_back(rest.substr(0, rest.find('\n')));
        CAPTURE(entry.example);
        const auto selection = select(arguments, commands::all());
        REQUIRE(selection);
        REQUIRE(selection->command == &entry);
        const std::unique_ptr<Command> command = entry.make();
        CommonOptions common;
        Options options;
        declare_all(options, *command, common, entry.reach);
        CHECK(options.parse(selection->rest));
    }
}

TEST_CASE("a mistyped command or option is guessed") {
    Terminal terminal;
    const auto next_step = [&](const std::vector<std::string>& arguments) {
        const Run run = terminal.run(arguments);
        CHECK(run.exit_code == 2);
        return run.json()["details"]["next_step"].get<std::string>();
    };
    CHECK(next_step({"projcet", "list"}).starts_with("did you mean \"project\"?"));
    CHECK(next_step({"project", "lsit"}).starts_with("did you mean \"project list\"?"));
    CHECK(next_step({"project", "creat"}).starts_with("did you mean \"project create\"?"));
    CHECK(next_step({"project", "secert", "set"}).starts_with("did you mean \"project secret\"?"));
    CHECK(next_step({"project", "secret", "ste"})
              .starts_with("did you mean \"project secret set\"?"));
    CHECK(next_step({"project", "secret"}) == "project secret has: set, list, unset");
    CHECK(terminal.run({"project"}).json()["message"] ==
          "command: \"project\" is a group of commands: add one of them");
    CHECK(next_step({"engineering", "abort"}) ==
          "engineering has: start, status, wait, cancel, answer");
    CHECK(next_step({"project", "list", "--limmit", "3"}).starts_with("did you mean --limit?"));
    CHECK(next_step({"project", "list", "--frobnicate"}) == "see orchestrator project list --help");
}

TEST_CASE("the manual page names every command, option, exit status and variable") {
    Terminal terminal;
    const std::string page = terminal.run({"man"}).out;
    CHECK(page.starts_with(".TH ORCHESTRATOR 1"));
    const tests::TemporaryDirectory directory;
    const std::string file = directory.write("orchestrator.1", page);
    const std::string shown = tests::run_successfully(
        {.argv = {"mandoc", "-T", "utf8", "-O", "width=200", "-W", "warning,stop", file}});
    std::string text;  // without the terminal's bold: a letter, a backspace, the letter again
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (shown[i] == '\b')
            text.pop_back();
        else
            text += shown[i];
    }
    for (const CommandEntry& entry : commands::all()) {
        CHECK(text.find("orchestrator " + entry.words()) != std::string::npos);
        CHECK(text.find(entry.example) != std::string::npos);
    }
    for (const char* word : {"--request-id", "--spec-file", "124", "NO_COLOR", "REDIS_URL"})
        CHECK(text.find(word) != std::string::npos);
}

TEST_CASE("a start posts the task and then its message, both under one key") {
    WorkerTerminal terminal(daemon_for("engineering.start"));
    const Run run = terminal.run(
        {"engineering", "start", "--project", "p1", "--spec", "a blog", "--request-id", "r-1"});
    CHECK(run.json()["data"]["id"] == "t1");
    const std::vector<AgentRequest> requests = terminal.peer.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].idempotency_key == "r-1");
    CHECK(*requests[0].body == Json{{"project_id", "p1"},
                                    {"type", "engineering"},
                                    {"spec", "a blog"},
                                    {"request_id", "r-1"}});
    CHECK(requests[1].stream == "engineering:queue");
    const auto message =
        contracts::read_message<contracts::EngineeringMessage>(*requests[1].message);
    REQUIRE(message);
    CHECK(message->request_id == "r-1");
    CHECK(message->task_id == "t1");
    CHECK(message->project_id == "p1");
    CHECK(message->user_id == "u1");
    CHECK(message->timestamp == terminal.clock.now());
}

TEST_CASE("a secret's value comes from standard input or a file, and one newline less from there") {
    const tests::TemporaryDirectory directory;
    const std::string file = directory.write("value", "from a file\n");
    const std::vector<std::string> set{"project", "secret", "set", "TOKEN", "--project", "p1"};
    const auto sent = [&](std::vector<std::string> arguments, const std::string& input) {
        WorkerTerminal terminal(daemon_for("project.secret_set"));
        const Run run = terminal.run(arguments, input);
        CHECK(run.exit_code == 0);
        REQUIRE(terminal.peer.requests().size() == 1);
        const AgentRequest request = terminal.peer.requests()[0];
        CHECK(request.method == "PUT");
        CHECK(request.path == "/api/projects/p1/secrets/TOKEN");
        const std::string value = request.body->at("value");
        CHECK((run.out + run.err).find(value) == std::string::npos);
        return value;
    };
    CHECK(sent(set, "canary") == "canary");
    CHECK(sent(set, "canary\n") == "canary");
    CHECK(sent(set, "canary\n\n") == "canary\n");
    CHECK(sent(set, std::string(64 << 10, 'v') + "\n").size() == 64 << 10);
    std::vector<std::string> with_file = set;
    with_file.insert(with_file.end(), {"--value-file", file});
    CHECK(sent(with_file, "not this") == "from a file\n");
    WorkerTerminal terminal(daemon_for("project.secret_set"));
    for (const std::string& bad :
         {std::string(), std::string("\n"), std::string("canary\0", 7), std::string("canary\xff"),
          std::string((64 << 10) + 1, 'v'), std::string(1 << 20, 'v')}) {
        const Run run = terminal.run(set, bad);
        CHECK(run.exit_code == 2);
        CHECK(run.json()["details"]["field"] == "value");
        CHECK((run.out + run.err).find("canary") == std::string::npos);
        CHECK((run.out + run.err).find("vvvv") == std::string::npos);
    }
    for (const char* name : {"token", "1A", "A-B", "A/B", ""}) {
        std::vector<std::string> named = set;
        named[3] = name;
        const Run run = terminal.run(named, "canary");
        CHECK(run.exit_code == 2);
        CHECK(run.json()["details"]["field"] == "name");
    }
    CHECK(terminal.peer.connections() == 0);
}

TEST_CASE("a removal whose answer was lost is found done when it is tried again") {
    const std::vector<std::string> unset{"project", "secret", "unset", "TOKEN", "--project", "p1"};
    for (const bool lost : {true, false}) {
        std::atomic<bool> first = lost;
        WorkerTerminal terminal([&](const AgentRequest&) -> std::optional<std::string> {
            if (first.exchange(false)) return tests::api_reply(503, Json());
            return tests::api_reply(404, Json{{"detail", "the project has no such secret"}});
        });
        CHECK(terminal.run(unset).exit_code == (lost ? 0 : 3));
    }
}

TEST_CASE("a deployment's message goes to its own queue") {
    WorkerTerminal terminal(daemon_for("deploy.start"));
    CHECK(terminal.run({"deploy", "start", "--project", "p1"}).exit_code == 0);
    const AgentRequest last = terminal.peer.requests().back();
    CHECK(last.stream == "deploy:queue");
    CHECK(contracts::read_message<contracts::DeployMessage>(*last.message));
}

TEST_CASE("an invocation without a request id makes a new one") {
    WorkerTerminal terminal(daemon_for("deploy.start"));
    for (int i = 0; i < 2; ++i)
        CHECK(terminal.run({"deploy", "start", "--project", "p1"}).exit_code == 0);
    const auto requests = terminal.peer.requests();
    REQUIRE(requests.size() == 4);
    REQUIRE(requests[0].idempotency_key);
    CHECK(requests[0].idempotency_key->size() == 36);
    CHECK((*requests[1].message)["request_id"] == *requests[0].idempotency_key);
    CHECK(requests[2].idempotency_key != requests[0].idempotency_key);
}

TEST_CASE("a project is made alone, or with its first task when that is asked for") {
    struct Case {
        std::vector<std::string> extra;
        std::string worker_type;
        bool starts;
    };
    const Case cases[] = {{{}, "", false},         {{}, "developer", false},
                          {{"--start"}, "", true}, {{"--spec", "a blog"}, "", true},
                          {{}, "po", true},        {{"--no-start"}, "po", false}};
    for (const Case& one : cases) {
        WorkerTerminal terminal(daemon_for("project.create"));
        terminal.environment["WORKER_TYPE"] = one.worker_type;
        std::vector<std::string> arguments{"project",       "create", "--name",       "blog",
                                           "--description", "a blog", "--request-id", "r-1"};
        arguments.insert(arguments.end(), one.extra.begin(), one.extra.end());
        const Run run = terminal.run(arguments);
        CHECK(run.exit_code == 0);
        const auto requests = terminal.peer.requests();
        REQUIRE(requests.size() == (one.starts ? 3 : 1));
        CHECK(requests[0].path == "/api/projects");
        CHECK(requests[0].idempotency_key == "r-1");
        if (!one.starts) continue;
        CHECK(requests[1].path == "/api/tasks");
        CHECK(requests[1].idempotency_key == "r-1.task");
        CHECK((*requests[1].body)["spec"] == "a blog");
        CHECK((*requests[2].message)["request_id"] == "r-1");
        CHECK(run.json()["data"]["task"]["id"] == "t1");
        CHECK(run.json()["data"]["project"]["id"] == "p1");
    }
}

TEST_CASE("a cancelled task is cancelled once at the API and told to whoever runs it each time") {
    for (const std::string_view status : {"queued", "running", "cancelled"}) {
        WorkerTerminal terminal(healthy(some_project(), some_task("engineering", status)));
        CHECK(terminal.run({"engineering", "cancel", "t1"}).exit_code == 0);
        const auto requests = terminal.peer.requests();
        CHECK(requests.size() == (status == "cancelled" ? 2 : 3));
        CHECK(requests.back().stream == "graphs:commands");
        const auto command =
            contracts::read_message<contracts::GraphCommand>(*requests.back().message);
        REQUIRE(command);
        CHECK(command->command == contracts::GraphVerb::cancel);
        CHECK(command->task_id == "t1");
    }
    for (const std::string_view status : {"completed", "failed"}) {
        WorkerTerminal terminal(healthy(some_project(), some_task("engineering", status)));
        CHECK(terminal.run({"engineering", "cancel", "t1"}).exit_code == 5);
        CHECK(terminal.peer.requests().size() == 1);
    }
}

TEST_CASE("a task of the other type is not found, and says where to look") {
    WorkerTerminal terminal(healthy(some_project(), some_task("deploy")));
    for (const char* verb : {"status", "wait", "cancel"}) {
        const Run run = terminal.run({"engineering", verb, "t1"});
        CHECK(run.exit_code == 3);
        CHECK(run.json()["details"]["next_step"] == "see orchestrator deploy --help");
    }
}

TEST_CASE("what is deployed of a project is told with its last deployments") {
    Json deployments = Json::array();
    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        CHECK(request.path->ends_with("&project_id=p1"));
        const bool asks_tasks = request.path->starts_with("/api/tasks?type=deploy&");
        return tests::api_reply(200, asks_tasks ? Json::array({Json{{"id", "t1"}}}) : deployments);
    });
    terminal.environment["ALLOWED_COMMANDS"] = "deploy.status";
    const auto status = [&] {
        return terminal.run({"deploy", "status", "--project", "p1"});
    };
    const Run none = status();
    CHECK(none.exit_code == 0);
    CHECK(none.json()["data"]["deployment"].is_null());
    CHECK(none.json()["message"] == "no deployment exists for project p1");

    deployments = {{{"status", "active"},
                    {"url", "http://a:1"},
                    {"commit", "c"},
                    {"health_since", "2027-01-15T08:00:00Z"}}};
    const Run live = status();
    CHECK(live.json()["message"] == "it answers at http://a:1 since 2027-01-15T08:00:00Z");
    CHECK(live.json()["data"]["deployment"]["commit"] == "c");
    CHECK(live.json()["data"]["tasks"] == Json::array({Json{{"id", "t1"}}}));
    deployments[0]["uptime_day"] = 995;
    deployments[0]["uptime_week"] = 1000;
    CHECK(status().json()["message"].get<std::string>().ends_with(
        "; it answered 99.5 % of the time in the last day and 100.0 % in the last week"));
    deployments[0].erase("uptime_day");
    deployments[0]["status"] = "failed";
    CHECK(status().json()["message"] == "http://a:1 does not answer since 2027-01-15T08:00:00Z");
    deployments[0].erase("url");
    CHECK(status().json()["message"] == "its deployment failed");
    CHECK(terminal.peer.refusals().empty());

    CHECK(terminal.run({"deploy", "status"}).exit_code == 2);
    CHECK(terminal.run({"deploy", "status", "t1", "--project", "p1"}).exit_code == 2);
    CHECK(terminal.run({"deploy", "status", "--project", "a b"}).exit_code == 2);
}

TEST_CASE("a write that stopped half-way says how to complete it") {
    WorkerTerminal terminal([](const AgentRequest& request) -> std::optional<std::string> {
        if (request.action == AgentAction::api)
            return tests::api_reply(201, some_task("engineering"));
        return tests::fault_reply({contracts::ErrorKind::transient, "the bus is away"});
    });
    const Run run = terminal.run({"engineering", "start", "--project", "p1", "--spec", "x"});
    CHECK(run.exit_code == 75);
    const Json details = run.json()["details"];
    const std::string key = details["request_id"];
    CHECK(details["next_step"] == "run the same command again with --request-id " + key);
    CHECK(run.json()["message"].get<std::string>().find("task t1 was created") !=
          std::string::npos);
    CHECK(terminal.peer.requests().size() == 4);  // one POST, and three tries to send the message
    CHECK(terminal.waiter.waits.size() == 2);
}

TEST_CASE("an entity that does not fit is an error and not handed on") {
    for (const Json& body : {Json(), Json::array(), Json{{"id", "t1"}}, Json("x")}) {
        WorkerTerminal terminal([&](const AgentRequest&) { return tests::api_reply(200, body); });
        const Run run = terminal.run({"engineering", "status", "t1"});
        CHECK(run.exit_code == 1);
        CHECK(run.json()["message"].get<std::string>().starts_with("the API's answer"));
    }
}

TEST_CASE("a project of which nothing is started needs no Redis") {
    Terminal terminal;
    terminal.environment["API_URL"] = "unix:///nonexistent/api.sock";
    Run run = terminal.run({"project", "create", "--name", "blog", "--start"});
    CHECK(run.json()["details"]["field"] == "REDIS_URL");
    for (const char* option : {"--no-start", "--modules=backend"}) {
        run = terminal.run({"project", "create", "--name", "blog", option});
        CHECK(run.exit_code == 75);
        CHECK(run.json()["details"]["field"] == "API_URL");
    }
}

TEST_CASE("a missing API_URL or REDIS_URL is named before anything is sent") {
    Terminal terminal;
    Run run = terminal.run({"project", "list"});
    CHECK(run.exit_code == 1);
    CHECK(run.json()["details"]["field"] == "API_URL");
    terminal.environment["API_URL"] = "unix:///nonexistent/api.sock";
    run = terminal.run({"deploy", "start", "--project", "p1"});
    CHECK(run.json()["details"]["field"] == "REDIS_URL");
    terminal.environment["REDIS_URL"] = "http://x";
    run = terminal.run({"diagnose", "redis"});
    CHECK(run.json()["details"]["field"] == "REDIS_URL");
    CHECK(terminal.waiter.waits.empty());
}

TEST_CASE("failures for people go to standard error, also when they come before parsing") {
    WorkerTerminal terminal(healthy(some_project(), some_task("deploy")));
    terminal.environment["ALLOWED_COMMANDS"] = "deploy.*";
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"-o", "table", "project", "list"},
          {"project", "list", "-o", "table"},
          {"project", "list", "--output=table"}}) {
        const Run run = terminal.run(arguments);
        CHECK(run.exit_code == 4);
        CHECK(run.out.empty());
        CHECK(run.err.starts_with("PermissionDenied: "));
    }
    CHECK(terminal.run({"deploy", "status", "t1", "-o", "table"}).out.find("status      queued") !=
          std::string::npos);
}

TEST_CASE("a spec comes from standard input byte for byte") {
    WorkerTerminal terminal(daemon_for("engineering.start"));
    const std::string spec = "line one\nGrüße \"quoted\" \\ {}\n";
    CHECK(terminal.run({"engineering", "start", "--project", "p1", "--spec-file", "-"}, spec)
              .exit_code == 0);
    CHECK((*terminal.peer.requests()[0].body)["spec"] == spec);
}

}  // namespace cli

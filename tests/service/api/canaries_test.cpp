// Distinct secrets are put in wherever secrets go in, and every failure is provoked. Then all
// output is searched for them: answers, logs, files and crash dumps.
#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"
#include "tests/support/programs.h"
#include "tests/support/redis_server.h"

#include <sys/resource.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <set>

namespace tests {

namespace {

// Files of mode 0600 that have to hold a secret.
const std::set<std::string> kPrivate{"token", "secrets.key", "password", "ready"};

using contracts::Json;
namespace fs = std::filesystem;

// Searches every text for every canary, and counts the texts of each channel.
class Watch {
public:
    std::string canary(const std::string& what) {
        return keep("canary-" + what + '-' + contracts::random_hex(12));
    }
    // Registers a canary that was generated elsewhere.
    std::string keep(std::string secret) {
        canaries_.push_back(secret);
        return secret;
    }
    // `allowed`: the one canary that this text is meant to contain.
    void look(const std::string& channel, const std::string& text,
              const std::string& allowed = "none") {
        Book& book = books_[channel];
        ++book.texts;
        book.bytes += text.size();
        for (const std::string& canary : canaries_)
            if (canary != allowed && text.find(canary) != std::string::npos) {
                ++book.seen;
                UNSCOPED_INFO(channel << " has " << canary << ": " << text.substr(0, 2000));
                CHECK(text.find(canary) == std::string::npos);
            }
    }
    void look_at_files(const std::string& channel, const std::string& directory,
                       const std::set<std::string>& except = {}) {
        for (const auto& entry : fs::recursive_directory_iterator(directory))
            if (entry.is_regular_file() && !except.contains(entry.path().filename()))
                look(channel, read_file(entry.path()));
    }
    [[nodiscard]] std::size_t count() const { return canaries_.size(); }
    [[nodiscard]] std::string table() const {
        std::string text = std::to_string(canaries_.size()) + " secrets\n";
        for (const auto& [channel, book] : books_)
            text += channel + ": " + std::to_string(book.texts) + " texts, " +
                    std::to_string(book.bytes) + " bytes, " + std::to_string(book.seen) + " seen\n";
        return text;
    }

private:
    struct Book {
        std::size_t texts = 0, bytes = 0, seen = 0;
    };
    std::vector<std::string> canaries_;
    std::map<std::string, Book> books_;
};

std::string whole(const HttpResponse& answer) {
    std::string text = std::to_string(answer.status) + '\n';
    for (const auto& [name, value] : answer.headers)
        text.append(name).append(": ").append(value).append("\n");
    return text + answer.body;
}

// The secret part of "orch_<prefix>_<secret>"; the prefix is public.
std::string secret_of(const std::string& token) {
    return token.substr(token.rfind('_') + 1);
}

// A daemon and its callers; every output of theirs is searched.
class Scene {
public:
    Scene(Watch& watch, Daemon& daemon) : watch_(watch), daemon_(daemon) {}

    HttpResponse ask(const std::string& method, const std::string& target,
                     const std::string& body = {}, HttpHeaders headers = {},
                     const std::string& allowed = "none") {
        HttpResponse answer = daemon_.ask(method, target, body, std::move(headers));
        watch_.look(answer.status < 400 ? "the API's answers" : "the API's refusals", whole(answer),
                    allowed);
        return answer;
    }
    // Sends a request without the administrator's token.
    void ask_as(HttpHeaders headers, const std::string& target) {
        watch_.look("the API's refusals",
                    whole(http(daemon_.url(), {"GET", target, std::move(headers)})));
    }
    Finished command(std::vector<std::string> words, std::map<std::string, std::string> more = {},
                     const std::string& input = {}) {
        words.insert(words.begin(), program("orchestrator"));
        std::map<std::string, std::string> environment = std::move(more);
        environment.insert(daemon_.access().begin(), daemon_.access().end());
        environment["ORCHESTRATOR_SOCKET"] = "/nonexistent/agent.sock";
        Finished done = run({.argv = words,
                             .environment = environment,
                             .inherit_environment = false,
                             .input = input});
        watch_.look("the CLI's output", done.output);
        watch_.look("the CLI's errors", done.error_output);
        return done;
    }
    void fail_to_start(const std::map<std::string, std::string>& environment) {
        const Finished ended = daemon_.fail_to_start(environment);
        CHECK(ended.end.exit_code == 78);
        watch_.look("starts that failed", ended.output + ended.error_output);
    }
    [[nodiscard]] std::string project(const std::string& name) {
        const auto made = ask("POST", "/api/projects", R"({"name":")" + name + "\"}");
        REQUIRE(made.status == 201);
        return contracts::parse_json(made.body)->at("id");
    }

    // Secrets are set, replaced, rejected in every way, listed and removed.
    void project_secrets(const std::string& project) {
        const std::string path = "/api/projects/" + project + "/secrets";
        for (int i = 0; i < 14; ++i) {
            const std::string name = "SECRET_" + std::to_string(i);
            const std::string value = watch_.canary("secret");
            CHECK(ask("PUT", path + '/' + name, Json{{"value", value}}.dump()).status == 204);
            for (const std::string& body :
                 {R"({"value":")" + value, R"({"value":")" + value + "\\q\"}", value,
                  Json{{"value", Json::array({value})}}.dump(),
                  Json{{"value", Json{{value, value}}}}.dump(), Json{{value, value}}.dump(),
                  Json{{"valeu", value}}.dump(), Json(value).dump(),
                  R"({"value":")" + value + R"(\u0000"})",
                  Json{{"value", value + std::string(70'000, 'x')}}.dump(),
                  "{\"value\":\"" + value + "\xff\"}"})
                CHECK(ask("PUT", path + '/' + name, body).status >= 400);
            CHECK(ask("PUT", path + "/not-a-name", Json{{"value", value}}.dump()).status >= 400);
            CHECK(ask("PUT", "/api/projects/nobody/secrets/" + name, Json{{"value", value}}.dump())
                      .status == 404);
            CHECK(ask("PUT", path + '/' + name, value, {{"Content-Type", "text/plain"}}).status >=
                  400);
        }
        for (int i = 0; i < 14; ++i) {
            const std::string value = watch_.canary("typed");
            const std::string name = "TYPED_" + std::to_string(i);
            const std::vector<std::string> set{"project", "secret",    "set",
                                               name,      "--project", project};
            const auto with = [&](std::vector<std::string> more) {
                std::vector<std::string> words = set;
                words.insert(words.end(), more.begin(), more.end());
                return words;
            };
            CHECK(command(set, {}, value + '\n').end.success());
            CHECK_FALSE(command(with({value}), {}, value).end.success());
            CHECK_FALSE(command(with({"--value=" + value})).end.success());
            CHECK_FALSE(command(with({"--value", value})).end.success());
            CHECK_FALSE(command(with({"--request-id", "r-1"}), {{"API_TOKEN", value}}, value)
                            .end.success());
            CHECK_FALSE(
                command({"project", "secret", "set", "lower", "--project", project}, {}, value)
                    .end.success());
            CHECK_FALSE(command(set, {}, value + std::string(1, '\0') + value).end.success());
            CHECK_FALSE(command(set, {}, value + "\xff").end.success());
            CHECK_FALSE(command(set, {}, std::string(70'000, 'x') + value).end.success());
            if (i > 0) continue;  // slow, since the CLI tries three times: once is enough
            CHECK_FALSE(command(set, {{"API_URL", "http://127.0.0.1:1"}}, value).end.success());
        }
        ask("GET", path);
        command({"project", "secret", "list", "--project", project});
        command({"project", "secret", "list", "--project", project, "-o", "table"});
        ask("DELETE", path + "/SECRET_0");
    }

    // The API shows each new key exactly once.
    void keys() {
        for (int i = 0; i < 10; ++i) {
            const std::string name = "key" + std::to_string(i);
            const std::string body = Json{{"name", name}, {"scopes", {"project.*"}}}.dump();
            const HttpHeaders once{{"Idempotency-Key", name}};
            const HttpResponse made = daemon_.ask("POST", "/api/api_keys", body, once);
            REQUIRE(made.status == 201);
            const Json json = *contracts::parse_json(made.body);
            const std::string key = json.at("key");
            watch_.look("the API's answers", whole(made), watch_.keep(secret_of(key)));
            ask("POST", "/api/api_keys", body, once);
            ask("GET", "/api/api_keys/" + json.at("id").get<std::string>());
            command({"project", "list"}, {{"API_TOKEN", key}});
            command({"diagnose", "projects"}, {{"API_TOKEN", key}});
            CHECK_FALSE(command({"project", "get", "nobody"}, {{"API_TOKEN", key}}).end.success());
            ask_as({{"Authorization", "Bearer " + key}}, "/api/servers");
            ask_as({{"Authorization", "Bearer " + key}, {"X-Telegram-ID", "4711"}},
                   "/api/projects");
            if (i % 2 == 0) ask("DELETE", "/api/api_keys/" + json.at("id").get<std::string>());
            ask_as({{"Authorization", "Bearer " + key + "0"}}, "/api/projects");
        }
    }

    // Requests of callers without access, or with mistakes in them.
    void strangers() {
        for (int i = 0; i < 8; ++i) {
            const std::string wrong = watch_.canary("wrong");
            ask_as({{"Authorization", "Bearer " + wrong}}, "/api/projects");
            ask_as({{"Authorization", "Basic " + wrong}}, "/api/projects");
            ask_as({{"Authorization", wrong}, {"Cookie", "session=" + wrong}}, "/api/tasks");
            ask_as({{"X-Api-Key", wrong}}, "/api/projects?token=" + wrong);
            ask_as({}, "/api/tasks?api_key=" + wrong + "&x=%zz");
            ask("GET", "/api/tasks?token=" + wrong);
            ask("POST", "/api/projects", R"({"name":"x","password":")" + wrong);
            for (const char* word : {"redis", "api", "projects"})
                command({"diagnose", word}, {{"API_TOKEN", wrong}});
            CHECK_FALSE(command({"project", "list"}, {{"API_TOKEN", wrong}}).end.success());
            for (const std::string& url :
                 {"http://user:" + wrong + "@127.0.0.1:1", "https://" + wrong + "@127.0.0.1:1/x",
                  "http://127.0.0.1:1/?token=" + wrong, "ftp://" + wrong + "@127.0.0.1"})
                CHECK_FALSE(command({"project", "list"}, {{"API_URL", url}}).end.success());
            std::string redis = daemon_.access().at("REDIS_URL");
            const std::size_t at = redis.find('@');
            if (i == 0)  // slow, since the CLI tries three times: once is enough
                command({"diagnose", "redis"},
                        {{"REDIS_URL", "redis://:" + wrong + "@127.0.0.1:1"}});
            for (const std::string& url :
                 {"unix://:" + wrong + redis.substr(at), "redis://:" + wrong + "%zz@127.0.0.1",
                  "rediss://u:" + wrong + "@127.0.0.1", "redis://u:" + wrong + "@127.0.0.1:port",
                  wrong})
                CHECK_FALSE(command({"diagnose", "redis"}, {{"REDIS_URL", url}}).end.success());
        }
    }

    // Requests everything that the API can return.
    void everything() {
        for (const char* path : {"/metrics", "/openapi.json", "/health", "/readyz", "/livez"})
            ask("GET", path);
        const Json paths = contracts::parse_json(ask("GET", "/openapi.json").body)->at("paths");
        for (const auto& [path, methods] : paths.items())
            if (methods.contains("get") && path.find('{') == std::string::npos) ask("GET", path);
    }

    void look_at_processes() {
        for (const auto& entry : fs::directory_iterator("/proc")) {
            const std::string name = entry.path().filename();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            try {
                watch_.look("command lines", read_file(entry.path() / "cmdline"));
            } catch (const std::exception&) {
                // The process has ended in the meantime.
            }
        }
    }

private:
    Watch& watch_;
    Daemon& daemon_;
};

// As on a machine whose operator collects core dumps.
void let_cores_be_written() {
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

TEST_CASE("no secret comes out of the API, the CLI, the log, the store or a crash") {
    let_cores_be_written();
    Watch watch;
    const std::string redis_password = watch.canary("redis");
    const RedisServer redis;
    run_successfully({.argv = {"redis-cli", "-s", redis.socket(), "CONFIG", "SET", "requirepass",
                               redis_password}});
    Daemon daemon({{"REDIS_URL", "unix://:" + redis_password + "@" + redis.socket()},
                   {"ANTHROPIC_API_KEY", watch.canary("model")},
                   {"OPENAI_API_KEY", watch.canary("model")},
                   {"ROLES", "api,graphs"}});
    const std::string key =
        daemon.directory().write("secrets.key", watch.keep(contracts::random_hex(16)), 0600);
    const std::map<std::string, std::string> named{{"SECRETS_KEY_FILE", key}};
    daemon.start(named);
    watch.keep(secret_of(daemon.access().at("API_TOKEN")));
    Scene scene(watch, daemon);

    const std::string project = scene.project("canaries");
    scene.project_secrets(project);
    scene.keys();
    scene.strangers();
    scene.everything();
    scene.command({"engineering", "start", "--project", project, "--spec", "a blog"});
    scene.look_at_processes();
    const Finished copied =
        run({.argv = {program("orchestratord"), "backup", daemon.directory() / "copy.db"},
             .environment = {{"DATA_DIR", daemon.data()}}});
    CHECK(copied.end.success());
    watch.look("the backup", read_file(daemon.directory() / "copy.db"));
    for (const char* stream : {"engineering:queue", "worker:commands", "engineering:queue:dlq"})
        watch.look("the bus",
                   run_successfully(
                       {.argv = {"redis-cli", "-s", redis.socket(), "XRANGE", stream, "-", "+"},
                        .environment = {{"REDISCLI_AUTH", redis_password}}}));

    daemon.kill(SIGABRT);
    watch.look("the log, with every request", daemon.log());
    watch.look_at_files("files, and what a crash left", daemon.directory().text(), kPrivate);

    for (const std::string& wrong : {watch.canary("start"), watch.canary("start")}) {
        scene.fail_to_start({{"REDIS_URL", "redis://u:" + wrong + "@127.0.0.1:port"}});
        scene.fail_to_start({{"REDIS_URL", "unix://:" + wrong + "@" + redis.socket()}});
        scene.fail_to_start({{"REDIS_URL", wrong}});
        scene.fail_to_start({{"DATABASE_URL", "postgresql://u:" + wrong + "%zz@127.0.0.1/x"}});
        scene.fail_to_start({{"DATABASE_URL", "postgresql://u:" + wrong + "@127.0.0.1:port/x"}});
        scene.fail_to_start({{"DATABASE_URL", "password='" + wrong}});
        scene.fail_to_start({{"DATABASE_URL", wrong}});
        scene.fail_to_start(
            {{"SECRETS_KEY_FILE", daemon.directory().write("wrong.key", wrong, 0600)}});
    }
    WARN(watch.table());
    CHECK(watch.count() >= 50);
}

TEST_CASE("no secret comes out of a daemon on PostgreSQL, whatever happens to the two") {
    if (!PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
    Watch watch;
    PostgresServer server;
    const std::string password = watch.canary("database");
    std::string url = server.url();
    url.insert(url.find("&host="), "&password=" + password);
    Daemon daemon({{"DATABASE_URL", url}});
    daemon.start();
    watch.keep(secret_of(daemon.access().at("API_TOKEN")));
    Scene scene(watch, daemon);
    const std::string project = scene.project("canaries");
    scene.project_secrets(project);
    scene.keys();
    server.crash();
    scene.ask("GET", "/api/projects");
    scene.ask("PUT", "/api/projects/" + project + "/secrets/LATE",
              Json{{"value", watch.canary("late")}}.dump());
    server.start();
    eventually("the store again", [&] { return scene.ask("GET", "/api/projects").status == 200; });
    scene.everything();
    for (const char* table : {"project_secrets", "tokens", "idempotency_keys", "projects"})
        watch.look("the tables of PostgreSQL", server.sql("SELECT * FROM " + std::string(table)));
    scene.look_at_processes();
    daemon.kill(SIGABRT);
    watch.look("the log, with every request", daemon.log());
    watch.look_at_files("files, and what a crash left", daemon.directory().text(), kPrivate);
    server.stop();
    scene.fail_to_start({});
    WARN(watch.table());
}

}  // namespace tests

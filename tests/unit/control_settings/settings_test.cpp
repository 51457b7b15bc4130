#include "control/settings/settings.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace control {

namespace {

constexpr std::string_view kRoles[] = {"api", "workers", "graphs"};

using namespace std::chrono_literals;
using Variables = std::map<std::string, std::string>;

contracts::Result<Settings> read(const Variables& variables) {
    return read_settings(
        contracts::Environment([&](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        }),
        "/nonexistent", kRoles);
}

// The whole error message, which begins with the setting's name.
std::string fault_of(const Variables& variables) {
    const contracts::Result<Settings> settings = read(variables);
    return settings ? "" : settings.error().message;
}

TEST_CASE("an address to listen on is numeric, with brackets around colons or without") {
    CHECK(read({{"LISTEN", "[::1]:8080"}})->listen.address == "::1");
    CHECK(read({{"LISTEN", "::1:8080"}})->listen.address == "::1");
    CHECK(read({{"LISTEN", "0.0.0.0:0"}})->listen.address == "0.0.0.0");
    for (const char* wrong :
         {"localhost:8080", ":8080", "[]:1", "127.0.0.1:x", "127.0.0.1", "::1%junk:80"})
        CHECK(fault_of({{"LISTEN", wrong}}).starts_with("LISTEN must be"));
}

TEST_CASE("what only the start would refuse is refused with the other settings") {
    CHECK(fault_of({{"DATABASE_URL", "mysql://x"}}).starts_with("DATABASE_URL must begin"));
    CHECK(read({{"DATABASE_URL", "postgresql://x"}}));
    CHECK(read({{"API_SOCKET", "/" + std::string(200, 'd') + "/" + std::string(80, 's')}}));
    CHECK(read({{"API_SOCKET", "/" + std::string(106, 's')}}));
    CHECK(fault_of({{"API_SOCKET", "/" + std::string(30, 'd') + "/" + std::string(81, 's')}})
              .starts_with("API_SOCKET must end in a file name of at most 80 bytes"));
    CHECK(fault_of({{"API_SOCKET", "s"}}).starts_with("API_SOCKET must be an absolute path"));
}

TEST_CASE("workers have users from WORKER_FIRST_UID on, none of the system's") {
    CHECK(read({})->workers.first_uid == 20'000);
    CHECK(read({{"WORKER_FIRST_UID", "61000"}})->workers.first_uid == 61'000);
    for (const char* wrong : {"0", "999", "-1", "root", "4294967296"})
        CHECK(fault_of({{"WORKER_FIRST_UID", wrong}}).starts_with("WORKER_FIRST_UID must be"));
}

TEST_CASE("what workers may reach outside is a list of patterns") {
    const auto settings = read({{"EGRESS_MODE", "replace"},
                                {"EGRESS_ALLOW", "mirror.example,*.example.org:8443,10.0.0.5:443"},
                                {"EGRESS_WORKER_MB", "100"}});
    REQUIRE(settings);
    CHECK(settings->egress.mode == egress::Mode::replace);
    CHECK(settings->egress.worker_mb == 100);
    REQUIRE(settings->egress.allow.size() == 3);
    CHECK(to_text(settings->egress.allow[1]) == "*.example.org:8443");
    CHECK(read({})->egress.mode == egress::Mode::extend);
    CHECK(fault_of({{"EGRESS_MODE", "open"}}).starts_with("EGRESS_MODE must be one of extend"));
    for (const char* wrong :
         {"https://mirror.example", "10.0.0.0/8", "a*.example", "mirror.example:0"})
        CHECK(fault_of({{"EGRESS_ALLOW", wrong}}).starts_with("EGRESS_ALLOW "));
    std::string many = "a.example";
    for (int i = 0; i < 500; ++i)
        many += ",a" + std::to_string(i) + ".example";
    CHECK(fault_of({{"EGRESS_ALLOW", many}}) == "EGRESS_ALLOW may have 500 patterns at most");
}

TEST_CASE("what images have is named by words of a closed list, which an administrator extends") {
    const auto settings = read({{"DEVELOPER_PACKAGES", "python,apt:libpq-dev"},
                                {"TOOLCHAINS", R"({"ruby":"ruby-full  ruby-bundler"})"}});
    REQUIRE(settings);
    CHECK(settings->engineering.packages == std::vector<std::string>{"python", "apt:libpq-dev"});
    CHECK(settings->runtime.toolchains.at("ruby") ==
          std::vector<std::string>{"ruby-full", "ruby-bundler"});
    CHECK(fault_of({{"DEVELOPER_PACKAGES", "apt:a;b"}}).starts_with("DEVELOPER_PACKAGES has"));
    for (const char* wrong : {R"({"ruby":""})", R"({"apt:ruby":"ruby"})", R"({"ruby":"ruby;id"})",
                              R"({"Ru by":"ruby"})", R"({"ruby":"-o=x ruby"})", R"([])"})
        CHECK(fault_of({{"TOOLCHAINS", wrong}}).starts_with("TOOLCHAINS must"));
}

TEST_CASE("FORGE=github needs the App, and sends its tokens nowhere in the clear") {
    CHECK(read({})->forge.kind == ForgeKind::local);
    CHECK(read({{"GITHUB_API_URL", "nonsense"}}).has_value());
    CHECK(fault_of({{"FORGE", "gitlab"}}).starts_with("FORGE must be one of local, github"));
    const std::string missing = fault_of({{"FORGE", "github"}});
    for (const char* name : {"GITHUB_OWNER", "GITHUB_APP_ID", "GITHUB_APP_KEY_FILE"})
        CHECK(missing.find(name) != std::string::npos);
    Variables whole{{"FORGE", "github"},
                    {"GITHUB_OWNER", "acme"},
                    {"GITHUB_APP_ID", "1"},
                    {"GITHUB_APP_KEY_FILE", "/k"}};
    CHECK(read(whole)->forge.api_url == "https://api.github.com");
    for (const char* good : {"https://ghe.example/api/v3/", "http://127.0.0.1:1/api"}) {
        whole["GITHUB_API_URL"] = good;
        CHECK(read(whole).has_value());
    }
    for (const char* bad : {"http://ghe.example", "ftp://x", "https://me:secret@ghe.example"}) {
        whole["GITHUB_API_URL"] = bad;
        CHECK(fault_of(whole).starts_with("GITHUB_API_URL must begin with https://"));
    }
    whole["GITHUB_API_URL"] = "https://x";
    whole["GITHUB_OWNER"] = "a/b";
    CHECK(fault_of(whole).starts_with("GITHUB_OWNER must be"));
}

TEST_CASE("ROLES names roles of the table; without it all of them run") {
    CHECK(read({})->roles == std::set<std::string, std::less<>>{"api", "graphs", "workers"});
    CHECK(read({{"ROLES", "graphs,api"}})->roles ==
          std::set<std::string, std::less<>>{"api", "graphs"});
    CHECK(read({{"ROLES", "api"}})->has_role("api"));
    CHECK_FALSE(read({{"ROLES", "api"}})->has_role("graphs"));
    for (const char* wrong : {"api,graph", "api,,graphs", "all", ","})
        CHECK(fault_of({{"ROLES", wrong}}).starts_with("ROLES has no role \""));
    CHECK(fault_of({{"ROLES", "web"}}) ==
          "ROLES has no role \"web\"; the roles are api, workers, graphs");
}

TEST_CASE("every figure of the engineering graph can be set") {
    const contracts::Result<Settings> settings =
        read({{"DEVELOPER_AGENT", "codex"},
              {"DEVELOPER_CAPABILITIES", "git,docker"},
              {"DEVELOPER_ENV", R"({"GREETING":"a,b=c"})"},
              {"DEVELOPER_LIMITS", R"({"memory_mb":2048,"pids":512})"},
              {"TESTER_LIMITS", R"({"cpu_percent":100})"},
              {"DEVELOPER_AUTH_MODE", "host_session"},
              {"HOST_SESSION_DIRS", "/root/.claude/,/a"},
              {"TEST_COMMAND", "make check"},
              {"DEVELOPER_TIMEOUT", "60"},
              {"TEST_TIMEOUT", "70"},
              {"ENGINEERING_ROUNDS", "4"},
              {"ENGINEERING_CRASH_TRIES", "5"},
              {"ENGINEERING_UPSTREAM_TRIES", "6"},
              {"ENGINEERING_PLATFORM_TRIES", "7"},
              {"ENGINEERING_CRASH_WAIT", "2"},
              {"ENGINEERING_UPSTREAM_WAIT", "3"},
              {"ENGINEERING_PLATFORM_WAIT", "4"},
              {"ENGINEERING_LONGEST_WAIT", "600"},
              {"ENGINEERING_CREATION_TIMEOUT", "61"},
              {"ENGINEERING_CALL_TIMEOUT", "62"},
              {"ENGINEERING_OVERDUE", "63"},
              {"WORKER_MEMORY_MB", "2048"}});
    INFO((settings ? std::string() : settings.error().describe()));
    REQUIRE(settings);
    using namespace std::chrono_literals;
    const graphs::EngineeringSettings& chosen = settings->engineering;
    CHECK(chosen.agent_type == contracts::AgentType::codex);
    CHECK(chosen.capabilities ==
          std::vector{contracts::Capability::git, contracts::Capability::docker});
    CHECK(chosen.developer_env == std::map<std::string, std::string>{{"GREETING", "a,b=c"}});
    REQUIRE(chosen.developer_limits);
    CHECK(chosen.developer_limits->memory_mb == 2048);
    CHECK(chosen.developer_limits->pids == 512);
    CHECK_FALSE(chosen.developer_limits->disk_mb);
    REQUIRE(chosen.tester_limits);
    CHECK(chosen.tester_limits->cpu_percent == 100);
    CHECK(chosen.auth_mode == contracts::AuthMode::host_session);
    CHECK(settings->workers.host_sessions == std::vector<std::string>{"/root/.claude", "/a"});
    CHECK(chosen.test_command == "make check");
    CHECK(chosen.turn == 60s);
    CHECK(chosen.test_turn == 70s);
    CHECK(chosen.rounds == 4);
    CHECK(chosen.tries == 5);
    CHECK(chosen.upstream_tries == 6);
    CHECK(chosen.platform_tries == 7);
    CHECK(chosen.crash_wait == 2s);
    CHECK(chosen.upstream_wait == 3s);
    CHECK(chosen.platform_wait == 4s);
    CHECK(chosen.longest_wait == 600s);
    CHECK(chosen.creation == 61s);
    CHECK(chosen.call == 62s);
    CHECK(chosen.overdue == 63s);
    CHECK(chosen.memory_mb == 2048);
}

TEST_CASE("a wrong figure of the engineering graph is named") {
    for (const auto& [name, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"DEVELOPER_CAPABILITIES", "git,telepathy"},
             {"DEVELOPER_ENV", "A=b"},
             {"DEVELOPER_ENV", R"({"A":1})"},
             {"DEVELOPER_ENV", R"(["A"])"},
             {"DEVELOPER_ENV", R"({"":"x"})"},
             {"DEVELOPER_LIMITS", "much"},
             {"DEVELOPER_LIMITS", R"({"memory_mb":"2048"})"},
             {"TESTER_LIMITS", R"({"disk_mb":0})"},
             {"WORKER_LIMITS_TIMES", "0"},
             {"HOST_SESSION_DIRS", "/a,b"},
             {"DEVELOPER_AUTH_MODE", "trust"},
             {"DEVELOPER_AUTH_MODE", "host_session"},
             {"ENGINEERING_ROUNDS", "0"},
             {"ENGINEERING_CRASH_WAIT", "-1"},
             {"DEVELOPER_TIMEOUT", "soon"}}) {
        INFO(name << "=" << wrong);
        CHECK(fault_of({{name, wrong}}).starts_with(name + " "));
    }
}

TEST_CASE("every figure of deployments can be set") {
    const contracts::Result<Settings> settings = read({{"DEPLOY_ADDRESS", "0.0.0.0"},
                                                       {"DEPLOY_HOST", "shop.example.com"},
                                                       {"DEPLOY_PORTS", "9000-9009"},
                                                       {"DEPLOY_OUTBOUND", "shop,blog_2"},
                                                       {"DEPLOY_MEMORY_MB", "64"},
                                                       {"DEPLOY_CPU_PERCENT", "150"},
                                                       {"DEPLOY_START_TIMEOUT", "90"},
                                                       {"DEPLOY_SECRET_WAIT", "60"},
                                                       {"DEPLOY_QA", "true"},
                                                       {"DEPLOY_ROOM_WAIT", "61"},
                                                       {"DEPLOY_RESERVED_PORTS", "9003,9001"},
                                                       {"DEPLOYER", "ssh"}});
    REQUIRE(settings);
    const graphs::DeployCallSettings& calls = settings->deployments.calls;
    CHECK(calls.body == graphs::DeployBody::ssh);
    CHECK(calls.reserved_ports == std::set<std::int64_t>{9001, 9003});
    CHECK(settings->deployments.graph.room_wait == 61s);
    CHECK(calls.address == "0.0.0.0");
    CHECK(calls.public_host == "shop.example.com");
    CHECK(calls.first_port == 9000);
    CHECK(calls.last_port == 9009);
    CHECK(calls.outbound_projects == std::set<std::string>{"blog_2", "shop"});
    CHECK(calls.memory_mb == 64);
    CHECK(calls.cpus == 1.5);
    CHECK(calls.start_timeout == 90s);
    CHECK(settings->deployments.graph.secret_wait == 60s);
    CHECK(settings->deployments.graph.qa.is_on);
    CHECK_FALSE(read({})->deployments.graph.qa.is_on);
    CHECK(read({{"DEPLOY_ADDRESS", "::"}})->deployments.calls.public_host == "127.0.0.1");
    CHECK(read({{"DEPLOY_ADDRESS", "::1"}})->deployments.calls.public_host == "::1");
    CHECK(read({{"DEPLOY_PORTS", "9000"}})->deployments.calls.last_port == 9000);
}

TEST_CASE("a wrong figure of deployments is named") {
    for (const auto& [name, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"DEPLOYER", "docker"},
             {"DEPLOY_QA", "sometimes"},
             {"DEPLOY_RESERVED_PORTS", "9000-9009"},
             {"DEPLOY_RESERVED_PORTS", "0"},
             {"DEPLOY_ROOM_WAIT", "0"},
             {"DEPLOY_ADDRESS", "localhost"},
             {"DEPLOY_ADDRESS", "127.0.0.1:80"},
             {"DEPLOY_HOST", "http://shop.example.com"},
             {"DEPLOY_HOST", "shop.example.com/x"},
             {"DEPLOY_HOST", "a b"},
             {"DEPLOY_HOST", "shop.example.com:80"},
             {"DEPLOY_PORTS", "80-90"},
             {"DEPLOY_PORTS", "9009-9000"},
             {"DEPLOY_PORTS", "9000-"},
             {"DEPLOY_PORTS", "-9000"},
             {"DEPLOY_PORTS", "9000-70000"},
             {"DEPLOY_PORTS", "2000-12000"},
             {"DEPLOY_PORTS", "many"},
             {"DEPLOY_OUTBOUND", "*"},
             {"DEPLOY_OUTBOUND", "shop, blog"},
             {"DEPLOY_OUTBOUND", ",shop"},
             {"DEPLOY_MEMORY_MB", "63"},
             {"DEPLOY_MEMORY_MB", "1g"},
             {"DEPLOY_CPU_PERCENT", "0"},
             {"DEPLOY_CPU_PERCENT", "0.5"},
             {"DEPLOY_START_TIMEOUT", "0"},
             {"DEPLOY_START_TIMEOUT", "901"},
             {"DEPLOY_SECRET_WAIT", "0"},
             {"DEPLOY_SECRET_WAIT", "a day"}}) {
        INFO(name << "=" << wrong);
        CHECK(fault_of({{name, wrong}}).starts_with(name + " "));
    }
}

TEST_CASE("the figures of the chat can be set, and a wrong one is named") {
    const tests::TemporaryDirectory directory;
    const contracts::Result<Settings> settings =
        read({{"PO_AGENT", "codex"},
              {"PO_ENV", R"({"GREETING":"hi"})"},
              {"PO_LIMITS", R"({"disk_mb":2048})"},
              {"PO_INSTRUCTIONS", directory.write("own.md", "Be kind.")},
              {"PO_TIMEOUT", "60"},
              {"PO_UNASKED_TURNS", "3"}});
    REQUIRE(settings);
    CHECK(settings->chat.agent_type == contracts::AgentType::codex);
    CHECK(settings->chat.env_vars == std::map<std::string, std::string>{{"GREETING", "hi"}});
    REQUIRE(settings->chat.limits);
    CHECK(settings->chat.limits->disk_mb == 2048);
    CHECK(settings->chat.instructions_file == directory / "own.md");
    CHECK(settings->chat.turn == std::chrono::minutes(1));
    CHECK(settings->chat.unasked_turns == 3);
    for (const auto& [name, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"PO_AGENT", "oracle"},
             {"PO_ENV", "A=b"},
             {"PO_LIMITS", R"({"pids":1})"},
             {"PO_INSTRUCTIONS", "own.md"},
             {"PO_INSTRUCTIONS", directory / "none.md"},
             {"PO_TIMEOUT", "0"},
             {"PO_UNASKED_TURNS", "0"}}) {
        INFO(name << "=" << wrong);
        CHECK(fault_of({{name, wrong}}).starts_with(name + " "));
    }
}

TEST_CASE("bots' tokens are a list, and none of them is told in a fault") {
    const std::string one = "12:" + std::string(35, 'a'), two = "13:" + std::string(35, 'b');
    CHECK(read({})->telegram.tokens.empty());
    CHECK(read({})->telegram.api_url == "https://api.telegram.org");
    CHECK(read({{"TELEGRAM_BOT_TOKENS", one + ", " + two}})->telegram.tokens ==
          std::vector<std::string>{one, two});
    CHECK(read({{"TELEGRAM_API_URL", "http://127.0.0.1:81/"}})->telegram.api_url ==
          "http://127.0.0.1:81");
    CHECK(fault_of({{"TELEGRAM_API_URL", "ftp://x"}}).starts_with("TELEGRAM_API_URL must begin"));
    CHECK(fault_of({{"TELEGRAM_BOT_TOKENS", one + "," + one}}).find("same bot") !=
          std::string::npos);
    for (const char* wrong : {"secret-secret-secret-secret", "12:short",
                              "x:secretsecretsecretsecret", "12:secretsecret/secretsecret"}) {
        const std::string fault = fault_of({{"TELEGRAM_BOT_TOKENS", one + "," + wrong}});
        CHECK(fault.starts_with("TELEGRAM_BOT_TOKENS token 2 of the list is not"));
        CHECK(fault.find("secret") == std::string::npos);
        CHECK(fault.find("aaa") == std::string::npos);
    }
}

}  // namespace

TEST_CASE("the domain of deployments, the web server and its authority can be set") {
    CHECK(read({})->domains.domain.empty());
    CHECK(read({})->domains.https_port == 443);
    const contracts::Result<Settings> settings = read({{"DEPLOY_DOMAIN", "apps.example.org"},
                                                       {"CADDY_ADMIN", "unix:///run/caddy.sock"},
                                                       {"CADDY_STORAGE", "/var/lib/caddy"},
                                                       {"ACME_DIRECTORY", "https://ca.test/dir"},
                                                       {"ACME_ROOTS", "/etc/ca.pem"},
                                                       {"ACME_EMAIL", "ops@example.org"},
                                                       {"EDGE_ADDRESS", "192.0.2.10"},
                                                       {"EDGE_HTTPS_PORT", "8443"},
                                                       {"EDGE_HTTP_PORT", "8080"}});
    REQUIRE(settings);
    CHECK(settings->domains.domain == "apps.example.org");
    CHECK(settings->domains.caddy_admin == "unix:///run/caddy.sock");
    CHECK(settings->domains.https_port == 8443);
    for (const auto& [name, wrong] :
         std::vector<std::pair<std::string, std::string>>{{"DEPLOY_DOMAIN", "Apps.example.org"},
                                                          {"DEPLOY_DOMAIN", "localhost"},
                                                          {"CADDY_ADMIN", "http://192.0.2.1:2019"},
                                                          {"CADDY_STORAGE", "caddy"},
                                                          {"ACME_DIRECTORY", "http://ca.test"},
                                                          {"ACME_ROOTS", "ca.pem"},
                                                          {"EDGE_ADDRESS", "::1"},
                                                          {"EDGE_ADDRESS", "edge.example.org"},
                                                          {"EDGE_HTTPS_PORT", "0"}}) {
        INFO(name << "=" << wrong);
        CHECK(fault_of({{name, wrong}}).starts_with(name + " "));
    }
}

}  // namespace control

// The real programs that agents use, in a network whose only way out is the egress door: which of
// them use it with the environment that the wrapper sets, and what they report when a host is not
// allowed.
#include "tests/service/gate/lone_network.h"

#include <unistd.h>
#include <filesystem>

using namespace gate_tests;
using tests::eventually;

namespace {

constexpr const char* kAllowed = "registry.test";
constexpr const char* kForbidden = "forbidden.test";

// In commands: NAME is the host, PORT its HTTPS port, PLAIN its HTTP port.
struct Client {
    const char* program;
    const char* command;
    const char* asks;   // a request that the registry must have seen
    bool whole = true;  // false: the registry serves too little for success
};

constexpr Client kClients[] = {
    {"curl", "curl -sS --fail https://NAME:PORT/hello", "GET /hello"},
    {"curl", "curl -sS --fail http://NAME:PLAIN/hello", "GET /hello"},
    {"wget", "wget -q --ca-certificate=$SSL_CERT_FILE -O got https://NAME:PORT/hello",
     "GET /hello"},
    {"git", "git clone -q https://NAME:PORT/demo.git cloned && cat cloned/README",
     "GET /demo.git/info/refs?service=git-upload-pack"},
    {"pip3",
     "pip3 download -q --retries 0 --no-deps --disable-pip-version-check "
     "--index-url https://NAME:PORT/simple/ demo-package && ls demo_package-1.0-py3-none-any.whl",
     "GET /simple/demo-package/"},
    {"uv",
     "uv venv -q v && uv pip install -q -p v --index-url https://NAME:PORT/simple/ demo-package",
     "GET /simple/demo-package/"},
    {"npm",
     "npm install --no-audit --no-fund --fetch-retries=0 "
     "--registry=https://NAME:PORT/ demo-node && ls node_modules/demo-node/package.json",
     "GET /tarballs/demo-node-1.0.0.tgz"},
    {"cargo",
     "mkdir -p .cargo src && printf '[source.crates-io]\\nreplace-with = \"demo\"\\n"
     "[source.demo]\\nregistry = \"sparse+https://NAME:PORT/index/\"\\n' >.cargo/config.toml && "
     "printf '[package]\\nname = \"user\"\\nversion = \"0.1.0\"\\n[dependencies]\\n"
     "demo-crate = \"1\"\\n' >Cargo.toml && touch src/lib.rs && cargo fetch -q",
     "GET /crates/demo-crate/1.0.0/download"},
    {"go",
     "printf 'module user\\n\\ngo 1.18\\n\\nrequire go.example.test/demo v1.0.0\\n' >go.mod && "
     "GOFLAGS=-mod=mod GONOSUMDB='*' GOSUMDB=off GOTOOLCHAIN=local GOPROXY=https://NAME:PORT/go "
     "go mod download go.example.test/demo",
     "GET /go/go.example.test/demo/@v/v1.0.0.zip"},
    {"apt-get",
     "mkdir -p apt/lists/partial apt/archives/partial && "
     "echo 'deb [trusted=yes] http://NAME:PLAIN/apt ./' >apt/sources.list && touch apt/status && "
     "apt-get -qq -o Acquire::Retries=0 -o Dir::State=$PWD/apt -o Dir::Cache=$PWD/apt "
     "-o Dir::State::status=$PWD/apt/status -o Dir::Etc::sourcelist=$PWD/apt/sources.list "
     "-o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any update",
     "GET /apt/./Packages"},
    {"mvn",
     "printf '<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf>"
     "<url>https://NAME:PORT/maven</url></mirror></mirrors></settings>' >settings.xml && "
     "keytool -importcert -noprompt -alias r -file $SSL_CERT_FILE -keystore trust "
     "-storepass changeit && MAVEN_OPTS=\"-Djavax.net.ssl.trustStore=$PWD/trust "
     "-Djavax.net.ssl.trustStorePassword=changeit\" "
     "mvn -q -B -s settings.xml -Dmaven.repo.local=$PWD/m2 dependency:get -Dartifact=a:b:1",
     "GET /maven/org/apache/maven/plugins/", false},
};

// Where the programs are: the system's, and uv, which ci/test installs.
std::string search_path() {
    return std::string(std::getenv("PATH")) + ":" ORCH_SOURCE_DIR "/build/tools/uv/bin";
}

bool is_installed(const std::string& program) {
    return tests::run({.argv = {"sh", "-c", "command -v " + program},
                       .environment = {{"PATH", search_path()}}})
        .end.success();
}

class Registries {
public:
    Registries() {
        eventually("the registries serve", [&] { return lines().find('\n') != std::string::npos; });
        const std::string all = lines();
        const Json ports = Json::parse(all.substr(0, all.find('\n')));
        https = ports["https"].get<std::uint16_t>();
        http = ports["http"].get<std::uint16_t>();
    }
    [[nodiscard]] std::string lines() const { return process_.output(); }
    [[nodiscard]] std::string certificates() const { return directory_ / "ca.pem"; }

    std::uint16_t https = 0, http = 0;

private:
    tests::TemporaryDirectory directory_;
    tests::ChildProcess process_{
        {.argv = {"python3", ORCH_SOURCE_DIR "/tests/service/gate/clients/registries.py",
                  directory_ / "", kAllowed}}};
};

class World {
public:
    World() {
        for (const std::uint16_t port : {registries.https, registries.http})
            for (const std::string host : {kAllowed, "127.0.0.1"})
                doors.egress.settings.allow.push_back(
                    must(egress::parse_pattern(host + ':' + std::to_string(port))));
        doors.egress.look_up = [](const std::string&) -> LookedUp {
            return std::vector{*egress::parse_address("127.0.0.1")};
        };
        network.emplace(doors.open());
        wrapper::add_relays(variables_, network->ports);
    }

    // Runs the client in a directory of its own.
    [[nodiscard]] tests::Finished run(const Client& client, const char* host) {
        const std::string place = scratch_ / std::to_string(++runs_);
        std::filesystem::create_directory(place);
        std::string command = client.command;
        const std::pair<std::string_view, std::string> words[] = {
            {"NAME", host},
            {"PORT", std::to_string(registries.https)},
            {"PLAIN", std::to_string(registries.http)}};
        for (const auto& [word, value] : words)
            for (std::size_t at; (at = command.find(word)) != std::string::npos;)
                command.replace(at, word.size(), value);
        return network->run({.argv = {"sh", "-c", command},
                             .environment = environment(place),
                             .inherit_environment = false,
                             .directory = place});
    }

    Registries registries{};
    Doors doors{};
    std::optional<LoneNetwork> network{};

private:
    // The wrapper's environment, with the registries' certificates in place of the system's, and
    // with settings that make these programs give up at the first refusal.
    [[nodiscard]] std::map<std::string, std::string> environment(const std::string& home) const {
        std::map<std::string, std::string> all{
            {"PATH", search_path()},           {"HOME", home},
            {"CARGO_NET_RETRY", "0"},          {"CARGO_HOME", home + "/cargo"},
            {"UV_HTTP_RETRIES", "0"},          {"GOPATH", home + "/go"},
            {"GOCACHE", home + "/go-cache"},   {"GOFLAGS", "-modcacherw"},
            {"GIT_CONFIG_NOSYSTEM", "1"},      {"PIP_CONFIG_FILE", "/dev/null"},
            {"npm_config_userconfig", "none"}, {"npm_config_globalconfig", "no-other"}};
        for (const char* kept : {"RUSTUP_HOME", "PYENV_ROOT"})
            if (const char* value = std::getenv(kept)) all[kept] = value;
        if (const char* real = std::getenv("HOME"); !all.contains("RUSTUP_HOME"))
            all["RUSTUP_HOME"] = std::string(real) + "/.rustup";
        wrapper::AgentEnvironment copy = variables_;
        for (const std::string& entry : copy.take()) {
            const std::size_t equals = entry.find('=');
            const std::string value = entry.substr(equals + 1);
            all[entry.substr(0, equals)] =
                value.ends_with(".crt") ? registries.certificates() : value;
        }
        all["CARGO_HTTP_CAINFO"] = registries.certificates();
        return all;
    }

    wrapper::AgentEnvironment variables_{};
    tests::TemporaryDirectory scratch_{};
    int runs_ = 0;
};

}  // namespace

TEST_CASE("real clients reach through the door what is allowed, and nothing else") {
    if (::geteuid() != 0) SKIP("a network namespace of its own needs root");
    World world;
    for (const Client& client : kClients) {
        if (!is_installed(client.program)) {
            WARN("not installed, and not tried: " << client.program);
            continue;
        }
        INFO(client.command);
        const auto& totals = *world.doors.egress.totals;
        const tests::Finished allowed = world.run(client, kAllowed);
        INFO(allowed.output << allowed.error_output);
        if (client.whole) CHECK(allowed.end.success());
        CHECK(world.registries.lines().find(client.asks) != std::string::npos);
        CHECK(totals.refused == 0);
        const std::uint64_t connected = totals.connections;
        CHECK(connected > 0);

        const tests::Finished refused = world.run(client, kForbidden);
        INFO(refused.output << refused.error_output);
        CHECK_FALSE(refused.end.success());
        CHECK(totals.refused > 0);
        CHECK(totals.connections == connected);
        world.doors.egress.totals->refused = 0;
    }
}

TEST_CASE("in a worker's network there is no way around the door") {
    if (::geteuid() != 0) SKIP("a network namespace of its own needs root");
    World world;
    const std::string port = std::to_string(world.registries.http);
    const auto run = [&](const std::string& command) {
        return world.network->run({.argv = {"sh", "-c", command},
                                   .environment = {{"PATH", std::getenv("PATH")}},
                                   .inherit_environment = false});
    };
    CHECK_FALSE(run("curl -sS --noproxy '*' http://127.0.0.1:" + port + "/hello").end.success());
    CHECK_FALSE(run("curl -sS --noproxy '*' --max-time 5 http://1.1.1.1/").end.success());
    CHECK_FALSE(run("getent ahosts registry.test").end.success());
    const tests::Finished told = run("curl -sS http://127.0.0.1:7080/");
    CHECK(told.output.starts_with("This worker may reach: registry.test:"));
}

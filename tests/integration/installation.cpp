#include "tests/integration/installation.h"

#include "contracts/base/id.h"
#include "contracts/streams/entry.h"
#include "tests/support/eventually.h"
#include "tests/support/within_reach.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <stdexcept>

namespace tests {

using contracts::Json;

namespace {

std::string program(const std::string& name) {
    return std::string(ORCH_BIN_DIR) + '/' + name;
}

// The static programs for containers; without isolation, this build's own programs.
std::string worker_programs() {
    if (const char* named = std::getenv("ORCH_TEST_WORKER_BIN")) return named;
    return std::string(ORCH_SOURCE_DIR) + "/build/release/bin";
}

// The directory of the agents' binaries, filled once by ci/agent-binary.
std::string agents_directory() {
    const std::string directory = std::string(ORCH_SOURCE_DIR) + "/build/agents";
    run_successfully({.argv = {std::string(ORCH_SOURCE_DIR) + "/ci/agent-binary", "claude",
                               directory + "/claude"}},
                     std::chrono::minutes{5});
    return directory;
}

Json parsed(const std::string& text) {
    auto json = contracts::parse_json(text);
    if (!json) throw std::runtime_error("not JSON: " + text);
    return *json;
}

// Reads lines of the form "export NAME='value'".
std::map<std::string, std::string> exports(const std::string& text) {
    std::map<std::string, std::string> values;
    constexpr std::string_view kExport = "export ";
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        const std::size_t equals = line.find('=');
        if (!line.starts_with(kExport) || equals == std::string::npos) continue;
        values[line.substr(kExport.size(), equals - kExport.size())] =
            line.substr(equals + 2, line.size() - equals - 3);
    }
    return values;
}

}  // namespace

std::uint32_t first_uid() {
    return 120'000 + static_cast<std::uint32_t>(::getpid() % 1000) * 16;
}

Installation::Installation(InstallationOptions options)
    : options_(std::move(options)),
      model_key_("model-key-" + contracts::random_hex(8)),
      model_({.script = options_.script, .key = model_key_}) {
    ::chmod(directory_.text().c_str(), 0711);
    if (options_.isolation == Isolation::containers) {
        engine_.emplace();
        base_image_ = engine_->base_image(options_.base_name, options_.base_packages);
    }
}

Installation::~Installation() {
    if (daemon_) daemon_->stop();
    if (!engine_) return;
    for (const std::string& container : containers())
        (void)engine_->ask("DELETE", "/containers/" + container + "?force=1");
}

std::map<std::string, std::string> Installation::daemon_environment() const {
    std::map<std::string, std::string> environment{
        {"DATA_DIR", data()},
        {"LISTEN", "127.0.0.1:0"},
        {"WORKER_BIN_DIR", worker_programs()},
        {"AGENTS_DIR", agents_directory()},
        {"MODEL_UPSTREAM", model_.url()},
        {"ANTHROPIC_API_KEY", model_key_},
        {"RUNTIME", engine_ ? "docker" : "process"},
        {"LOG_LEVEL", "DEBUG"},
        {"WORKER_CPU_PERCENT", "200"},
        {"WORKER_MEMORY_MB", "1024"},
        {"WORKER_FIRST_UID", std::to_string(first_uid())},
    };
    if (!engine_)
        for (const char* name : {"WORKER_BIN_DIR", "AGENTS_DIR"})
            environment[name] = within_reach(environment[name], directory_ / name);
    if (engine_) {
        environment["DOCKER_HOST"] = engine_->url();
        environment["BASE_IMAGE"] = base_image_;
    }
    for (const auto& [name, value] : options_.environment)
        environment[name] = value;
    return environment;
}

void Installation::start() {
    if (daemon_) earlier_log_ += daemon_->error_output();
    const auto environment = daemon_environment();
    daemon_.emplace(
        ChildOptions{.argv = {program("orchestratord"), "serve"}, .environment = environment});
    eventually(
        "the daemon serves",
        [&] {
            if (!daemon_->running())
                throw std::runtime_error("the daemon ended: " + daemon_->error_output());
            const Finished told =
                run({.argv = {program("orchestratord"), "env"}, .environment = environment});
            if (!told.end.success()) return false;
            access_ = exports(told.output);
            return access_.contains("API_TOKEN");
        },
        std::chrono::seconds{60});
}

ChildEnd Installation::stop() {
    return daemon_->stop(std::chrono::seconds{20});
}

void Installation::kill_daemon() {
    daemon_->send(SIGKILL);
    daemon_->must_end();
}

std::string Installation::daemon_log() const {
    return earlier_log_ + (daemon_ ? daemon_->error_output() : std::string());
}

Installation::Told Installation::orchestrator(std::vector<std::string> arguments,
                                              std::chrono::seconds limit) {
    arguments.insert(arguments.begin(), program("orchestrator"));
    const Finished done = run({.argv = std::move(arguments), .environment = access_}, limit);
    return {done.end.exit_code, parsed(done.output)};
}

std::string Installation::begin_project(const std::string& name, const std::string& spec) {
    const Told told =
        orchestrator({"project", "create", "--name", name, "--start", "--spec", spec});
    if (told.exit_code != 0) throw std::runtime_error("project create: " + told.json.dump());
    return told.json.at("data").at("task").at("id").get<std::string>();
}

Json Installation::await_end(const std::string& task_id, std::chrono::seconds limit) {
    const Told told =
        orchestrator({"engineering", "wait", task_id, "--timeout", std::to_string(limit.count())},
                     limit + std::chrono::seconds{20});
    const Told row = orchestrator({"engineering", "status", task_id});
    if (row.exit_code != 0 || told.exit_code == 124)
        throw std::runtime_error("task " + task_id + " did not end: " + told.json.dump() +
                                 "\nthe daemon says:\n" + daemon_log());
    return row.json.at("data");
}

contracts::Connection Installation::redis() const {
    auto address = contracts::RedisAddress::parse(access_.at("REDIS_URL"));
    if (!address) throw std::runtime_error(address.error().describe());
    auto connection = contracts::Connection::dial(*address);
    if (!connection) throw std::runtime_error(connection.error().describe());
    return std::move(*connection);
}

std::vector<Json> Installation::messages(const std::string& stream) const {
    contracts::Connection connection = redis();
    auto reply = connection.command({"XRANGE", stream, "-", "+"});
    if (!reply) throw std::runtime_error(reply.error().describe());
    contracts::Entries entries;
    contracts::read_entries(stream, reply->view(), entries);
    std::vector<Json> messages;
    for (const contracts::Entry& entry : entries.present)
        messages.push_back(parsed(entry.data));
    return messages;
}

std::string Installation::git(const std::string& repository,
                              std::vector<std::string> arguments) const {
    std::vector<std::string> argv{"git", "--git-dir", data() + "/forge/" + repository + ".git"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run_successfully({.argv = std::move(argv)});
}

std::vector<std::string> Installation::containers() const {
    const std::string owner = read_file(data() + "/installation");
    const Json list = parsed(engine_->ask("GET", "/containers/json?all=1").body);
    std::vector<std::string> ids;
    for (const Json& container : list)
        for (const auto& [name, value] : container.at("Labels").items())
            if (value == owner) {
                ids.push_back(container.at("Id").get<std::string>());
                break;
            }
    return ids;
}

}  // namespace tests

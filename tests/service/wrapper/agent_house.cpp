#include "tests/service/wrapper/agent_house.h"

#include "tests/support/within_reach.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace tests {

namespace {

std::filesystem::path program_directory(const std::string& agent) {
    const char* deps = std::getenv("ORCH_DEPS_DIR");
    return std::filesystem::path(deps != nullptr ? deps : ORCH_SOURCE_DIR "/build/deps") /
           "agents" / agent;
}

}  // namespace

bool lacks_agent(const std::string& agent) {
    return ::geteuid() != 0 ||
           !std::filesystem::exists(program_directory(agent) / (agent + ".pinned"));
}

AgentHouse::AgentHouse(const std::string& worker_type, const std::string& agent)
    : WorkerHouse(worker_type) {
    set("AGENT_TYPE", agent);
    if (agent != "claude") set("MODEL_NAME", "some-model");
    with_program_of(agent);
}

AgentHouse::AgentHouse(const std::string& worker_type, const std::string& agent,
                       const ModelServer& model)
    : AgentHouse(worker_type, agent) {
    set("CONTROL_DIR", std::filesystem::path(model.socket()).parent_path());
}

AgentHouse& AgentHouse::with_program_of(const std::string& agent) {
    if (!lacks_agent(agent))
        set("AGENT_ENV_PATH", within_reach(program_directory(agent), directory() / agent));
    return *this;
}

AgentHouse& AgentHouse::with_nobody_at_the_model() {
    constexpr const char* kNobody = "http://127.0.0.1:9";
    set("AGENT_ENV_ANTHROPIC_BASE_URL", kNobody);
    set("AGENT_ENV_ANTHROPIC_API_KEY", "worker");
    set("AGENT_ENV_OPENAI_BASE_URL", std::string(kNobody) + "/v1");
    return *this;
}

AgentHouse& AgentHouse::with_repository() {
    const std::string origin = directory() / "home/origin.git";
    run_successfully({.argv = {"git", "init", "-q", "--bare", origin}});
    run_successfully({.argv = {"git", "init", "-q", "-b", "main", workspace()}});
    run_successfully({.argv = {"git", "-c", "safe.directory=*", "-C", workspace(), "remote", "add",
                               "origin", origin}});
    const std::string owner = std::to_string(uid());
    run_successfully({.argv = {"chown", "-R", owner + ":" + owner, origin, workspace()}});
    set("TASK_BRANCH", "task/t-1");
    return *this;
}

std::string AgentHouse::pushed() const {
    const std::string sha =
        tests::run({.argv = {"git", "-c", "safe.directory=*", "-C", directory() / "home/origin.git",
                             "rev-parse", "refs/heads/task/t-1"}})
            .output;
    return sha.substr(0, sha.find('\n'));
}

std::string AgentHouse::session() const {
    return contracts::Json::parse(get("worker:session:w-1"))["session_id"].get<std::string>();
}

void AgentHouse::set_session(const std::string& id) {
    contracts::Connection connection = connect();
    must(connection.command(
        {"SET", "worker:session:w-1", contracts::Json{{"session_id", id}}.dump()}));
}

contracts::Json AgentHouse::answer(const std::string& prompt, int timeout_seconds) {
    give("r-1", prompt, timeout_seconds);
    const Finished worker = run_to_end(std::chrono::seconds{timeout_seconds + 30});
    if (outputs().size() != 1) throw std::runtime_error("no output: " + worker.error_output);
    return outputs().front();
}

}  // namespace tests

#include "tests/integration/milestone_house.h"

#include "contracts/base/id.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#include <cstdlib>
#include <filesystem>

namespace milestone {

using namespace tests;

namespace {

constexpr std::chrono::seconds kPatience{120};  // includes the build of an image
constexpr const char* kTime = "2026-01-02T03:04:05Z";
std::unique_ptr<House> scripted_house, real_house;

// Destroys the installations while everything that they use still exists.
class AtTheEnd final : public Catch::EventListenerBase {
public:
    using Catch::EventListenerBase::EventListenerBase;
    void testRunEnded(const Catch::TestRunStats&) override {
        scripted_house.reset();
        real_house.reset();
    }
};
CATCH_REGISTER_LISTENER(AtTheEnd)

Json command_of(const Agent& agent, const std::string& line) {
    Json input{{"command", line}, {"description", "Run the command"}};
    if (std::string(agent.tool) == "Execute")
        input = {{"command", line},
                 {"summary", "Run the command"},
                 {"riskLevel", "low"},
                 {"riskLevelReason", "none"}};
    return Json{{"name", agent.tool}, {"input", std::move(input)}};
}

// A prompt "AGENT: NAME" runs one command; the agent's answer is the command's output.
Json rule(const Agent& agent, const std::string& name, const std::string& line) {
    return {
        {"name", std::string(agent.name) + ": " + name},
        {"match", {{"prompt", std::string(agent.name) + ": " + name}}},
        {"turns", Json::array({{{"tools", Json::array({command_of(agent, line)})}},
                               {{"text",
                                 "It said {{output}}\n<result>{\"status\":\"success\",\"summary\":"
                                 "\"it is done\"}</result>"},
                                {"usage", {{"input_tokens", 100}, {"output_tokens", 10}}}}})}};
}

std::string script() {
    Json rules = Json::array();
    for (const Agent& agent : {kClaude, kFactory}) {
        rules.push_back(rule(agent, "create",
                             std::string("orchestrator project create --name milestone-") +
                                 agent.name + "; echo code=$?"));
        rules.push_back(rule(agent, "overstep",
                             "orchestrator project create --name unauthorized; echo code=$?"));
        rules.push_back(rule(agent, "list", "orchestrator project list; echo code=$?"));
        rules.push_back(rule(agent, "look", "env; id -u; cat /proc/1/environ; echo looked"));
    }
    rules.push_back({{"name", "refused"},
                     {"match", {{"prompt", "^refuse me"}}},
                     {"turns", Json::array({{{"fail", {{"status", 401}}}}})}});
    rules.push_back({{"name", "silent"},
                     {"match", {{"prompt", "^wait"}}},
                     {"turns", Json::array({{{"stall", "headers"}, {"text", "late"}}})}});
    rules.push_back(
        {{"name", "any"},
         {"turns", Json::array({{{"text", "Hello there."},
                                 {"usage", {{"input_tokens", 100}, {"output_tokens", 10}}}}})}});
    return Json{{"rules", std::move(rules)}}.dump();
}

std::string agents() {
    const std::string directory = std::string(ORCH_SOURCE_DIR) + "/build/agents";
    for (const char* agent : {"claude", "factory"})
        run_successfully({.argv = {std::string(ORCH_SOURCE_DIR) + "/ci/agent-binary", agent,
                                   directory + '/' + agent}},
                         std::chrono::minutes{5});
    return directory;
}

Json meta() {
    return {{"request_id", contracts::make_uuid4()},
            {"correlation_id", contracts::make_uuid4()},
            {"timestamp", kTime},
            {"version", "1"}};
}

}  // namespace

House& House::get(bool real) {
    if (real && std::getenv("ORCH_REAL_ANTHROPIC_KEY") == nullptr)
        SKIP("needs a real key in ORCH_REAL_ANTHROPIC_KEY");
    std::unique_ptr<House>& house = real ? real_house : scripted_house;
    try {
        if (!house) house.reset(new House(real));
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return *house;
}

House::House(bool real) {
    std::map<std::string, std::string> environment{{"AGENTS_DIR", agents()},
                                                   {"MAX_CONCURRENT_WORKERS", "20"}};
    if (real) {
        environment["ANTHROPIC_API_KEY"] = std::getenv("ORCH_REAL_ANTHROPIC_KEY");
        environment["MODEL_UPSTREAM"] = "https://api.anthropic.com";
    } else {
        const std::string key = "milestone-key-" + contracts::random_hex(8);
        model_ = std::make_unique<ModelServer>(
            ModelServerOptions{.script = scripts_.write("script.json", script()), .key = key});
        environment["ANTHROPIC_API_KEY"] = key;
        environment["MODEL_UPSTREAM"] = model_->url();
    }
    installation_ =
        std::make_unique<Installation>(InstallationOptions{.environment = std::move(environment)});
    installation_->start();
}

void House::publish(const std::string& stream, const Json& message) {
    REQUIRE(installation_->redis().command({"XADD", stream, "*", "data", message.dump()}));
}

Json House::await(const std::string& stream, const std::string& request_id) {
    Json found;
    eventually(
        "an answer on " + stream,
        [&] {
            for (Json& message : installation_->messages(stream))
                if (message.value("request_id", "") == request_id) found = std::move(message);
            return !found.is_null();
        },
        kPatience);
    return found;
}

std::string House::worker(const Wish& wish) {
    Json create = meta();
    create["command"] = "create";
    create["config"] = {{"name", std::string("milestone-") + wish.agent.name},
                        {"worker_type", wish.type},
                        {"agent_type", wish.agent.name},
                        {"instructions", kInstructions},
                        {"allowed_commands", wish.commands},
                        {"capabilities", wish.capabilities},
                        {"env_vars", Json::object()}};
    if (std::string(wish.agent.name) == "factory")
        create["config"]["env_vars"]["MODEL_NAME"] = "some-model";
    create["context"] = {{"user_id", std::string("u-") + wish.agent.name}};
    if (wish.type != "po") create["context"]["task_id"] = "t-" + contracts::random_hex(4);
    publish("worker:commands", create);
    const Json created = await("worker:responses:" + wish.type, create["request_id"]);
    INFO(created.dump() << '\n' << installation_->daemon_log());
    REQUIRE(created.at("success") == true);
    std::string id = created.at("worker_id");
    if (wish.type == "developer") developers_.insert(id);
    return id;
}

std::string House::product_owner(const Agent& agent) {
    std::string& id = product_owners_[agent.name];
    if (id.empty())
        id = worker({.agent = agent,
                     .type = "po",
                     .capabilities = {"git"},
                     .commands = {"project.list", "project.get"}});
    return id;
}

std::string House::begin_turn(const std::string& worker_id, const std::string& prompt) {
    Json input = meta();
    input["prompt"] = prompt;
    input["timeout"] = 60;
    if (developers_.contains(worker_id)) {
        input["task_id"] = "t-milestone";
        input["project_id"] = "p-milestone";
        publish("worker:developer:" + worker_id + ":input", input);
    } else {
        input["user_id"] = "u-milestone";
        publish("worker:po:" + worker_id + ":input", input);
    }
    return input["request_id"];
}

Json House::output_of(const std::string& worker_id, const std::string& request_id) {
    const bool is_developer = developers_.contains(worker_id);
    return await(is_developer ? "worker:developer:output" : "worker:po:" + worker_id + ":output",
                 request_id);
}

Json House::turn(const std::string& worker_id, const std::string& prompt) {
    return output_of(worker_id, begin_turn(worker_id, prompt));
}

Json House::container(const std::string& worker_id) {
    const HttpResponse seen =
        installation_->engine().ask("GET", "/containers/worker-" + worker_id + "/json");
    REQUIRE(seen.status == 200);
    return Json::parse(seen.body);
}

int House::inside(const std::string& worker_id, const std::vector<std::string>& argv) {
    // A detached command starts with closed standard descriptors, which makes grep report an
    // error.
    std::vector<std::string> command{"sh", "-c", R"(exec "$@" </dev/null >/dev/null 2>&1)", "sh"};
    command.insert(command.end(), argv.begin(), argv.end());
    std::string user;
    for (const Json& line : container(worker_id).at("Config").at("Env"))
        if (const std::string text = line; text.starts_with("AGENT_UID=")) user = text.substr(10);
    const DockerEngine& engine = installation_->engine();
    const HttpResponse made =
        engine.ask("POST", "/containers/worker-" + worker_id + "/exec",
                   Json{{"Cmd", command}, {"User", user}, {"WorkingDir", "/workspace"}}.dump());
    INFO(made.body);
    REQUIRE(made.status == 201);
    const std::string id = Json::parse(made.body).at("Id");
    REQUIRE(engine.ask("POST", "/exec/" + id + "/start", R"({"Detach":true})").status == 200);
    Json state;
    eventually(
        "the end of " + argv.front(),
        [&] {
            state = Json::parse(engine.ask("GET", "/exec/" + id + "/json").body);
            return state.at("Running") == false && state.at("ExitCode").is_number();
        },
        kPatience);
    return state.at("ExitCode");
}

void House::kill_container(const std::string& worker_id) {
    CHECK(installation_->engine().ask("POST", "/containers/worker-" + worker_id + "/kill").status ==
          204);
}

void House::remove(const std::string& worker_id) {
    Json command = meta();
    command["command"] = "delete";
    command["worker_id"] = worker_id;
    publish("worker:commands", command);
    const std::string type = developers_.contains(worker_id) ? "developer" : "po";
    CHECK(await("worker:responses:" + type, command["request_id"]).at("success") == true);
}

std::vector<std::string> House::project_names() {
    std::vector<std::string> names;
    const auto listed = installation_->orchestrator({"project", "list"});
    for (const Json& project : listed.json.at("data"))
        names.push_back(project.at("name"));
    return names;
}

}  // namespace milestone
